#include "input/perl.h"

#include <ctype.h>
#include <string.h>
#include "base/buf.h"

/* What is being rewritten, and the last thing that a quantifier could belong to. */
struct rewrite {
	const char *whole; /* for messages */
	const char *at;
	struct buf out;
	size_t atom; /* where the last atom begins in out */
	bool has_atom;
	struct err *e;
};

static int refuse(const struct rewrite *r, const char *what)
{
	return err_set(r->e, "unsupported regular expression: %s: %s", r->whole, what);
}

static void begin_atom(struct rewrite *r)
{
	r->atom = r->out.length;
	r->has_atom = true;
}

/* \b is no POSIX, but most libraries know it. */
static bool knows_boundary(void)
{
	regex_t probe;
	bool knows;

	if (regcomp(&probe, "\\bx\\b", REG_EXTENDED | REG_NOSUB) != 0)
		return false;
	knows = regexec(&probe, "a x b", 0, NULL, 0) == 0 && regexec(&probe, "axb", 0, NULL, 0) != 0;
	regfree(&probe);
	return knows;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* \xHH, the byte itself behind a backslash where it could mean something. */
static int add_hex(struct rewrite *r)
{
	int high = hex_digit(r->at[2]), low = high < 0 ? -1 : hex_digit(r->at[3]);
	char c = (char)(high * 16 + low);

	if (low < 0 || c == '\0')
		return refuse(r, "a \\x needs two hexadecimal digits");
	if (ispunct((unsigned char)c))
		buf_add_char(&r->out, '\\');
	buf_add_char(&r->out, c);
	r->at += 4;
	return 0;
}

static int add_escape(struct rewrite *r)
{
	char c = r->at[1];

	begin_atom(r);
	if (c == '\0')
		return refuse(r, "a backslash at the end");
	if (c == 'x')
		return add_hex(r);
	if (c >= '1' && c <= '9')
		return refuse(r, "backreferences within the pattern are not supported");
	if ((c == 'b' || c == 'B') && !knows_boundary())
		return refuse(r, "word boundaries are not supported by this system");
	if (c == 'A')
		buf_add_char(&r->out, '^');
	else if (c == 'z' || c == 'Z')
		buf_add_char(&r->out, '$');
	else if (isalpha((unsigned char)c) && !strchr("tnrfvaedDsSwWhbB", c))
		return refuse(r, "a letter behind a backslash that is not understood");
	else if (isalnum((unsigned char)c) || ispunct((unsigned char)c))
		buf_add(&r->out, r->at, isalnum((unsigned char)c) || strchr("\\.[]{}()*+?^$|", c) ? 2 : 0);
	if (ispunct((unsigned char)c) && !strchr("\\.[]{}()*+?^$|", c))
		buf_add_char(&r->out, c);
	else if (!isalnum((unsigned char)c) && !ispunct((unsigned char)c))
		buf_add_char(&r->out, c);
	r->at += 2;
	return 0;
}

/* Returns the end of the bracket expression at text, NULL where it has none. */
static const char *bracket_end(const char *text)
{
	const char *at = text + 1;

	at += *at == '^';
	at += *at == ']';
	while (*at && *at != ']') {
		if (*at == '\\' && at[1]) {
			at += 2;
		} else if (*at == '[' && at[1] && strchr(":.=", at[1])) {
			const char close[] = {at[1], ']', '\0'};
			const char *end = strstr(at + 2, close);
			at = end ? end + 2 : at + 1;
		} else {
			at++;
		}
	}
	return *at ? at + 1 : NULL;
}

static int add_bracket(struct rewrite *r)
{
	const char *end = bracket_end(r->at);

	begin_atom(r);
	if (!end)
		return refuse(r, "a [ without its ]");
	buf_add(&r->out, r->at, (size_t)(end - r->at));
	r->at = end;
	return 0;
}

static int add_open(struct rewrite *r)
{
	if (r->at[1] == '?' && r->at[2] != ':')
		return refuse(r, "(? is only supported as (?:...), and as (?i) at the front");
	r->has_atom = false;
	buf_add_string(&r->out, r->at[1] == '?' ? "(?:" : "(");
	r->at += r->at[1] == '?' ? 3 : 1;
	return 0;
}

/* Whether a { at text begins a count: {2}, {2,}, {2,3}. */
static size_t count_length(const char *text)
{
	size_t n = 1 + strspn(text + 1, "0123456789");

	if (n == 1)
		return 0;
	if (text[n] == ',')
		n += 1 + strspn(text + n + 1, "0123456789");
	return text[n] == '}' ? n + 1 : 0;
}

/* Whether text begins with a certain byte; parentheses that close are passed over. behind: what follows it. */
static bool first_byte(const char *text, char *byte, const char **behind)
{
	while (*text == ')')
		text++;
	if (*text == '\\' && ispunct((unsigned char)text[1]))
		*byte = text[1];
	else if (*text == '\0' || strchr("\\.[(*+?{|^$", *text))
		return false;
	else
		*byte = *text;
	*behind = text + (*text == '\\' ? 2 : 1);
	return **behind == '\0' || !strchr("*+?{", **behind);
}

/* Whether text holds certain bytes up to the end of the whole: where it matches there is no choice. */
static bool reaches_end(const char *text)
{
	char byte;

	while (*text && *text != '$' && first_byte(text, &byte, &text))
		;
	return strcmp(text, "$") == 0 || strcmp(text, ")$") == 0;
}

/* Whether text, if it matches behind one of several bytes, does so behind the first of them: it is nothing, or begins
   with what takes in all between them. */
static bool matches_early(const char *text)
{
	bool opened = *text == '(';

	text += opened;
	if (opened && strncmp(text, "?:", 2) == 0)
		text += 2;
	while (!opened && *text == ')')
		text++;
	if (*text == '.' && (text[1] == '*' || text[1] == '+'))
		return !strchr(text, '|');
	return !opened && (*text == '\0' || *text == '|');
}

/* Whether the atom is a class of characters that c does not belong to, such as \d in front of a dot. */
static bool is_class_without(const struct rewrite *r, char c)
{
	const char *atom = r->out.data + r->atom;

	if (r->out.length != r->atom + 2 || atom[0] != '\\')
		return false;
	return (atom[1] == 'd' && !isdigit((unsigned char)c)) || (atom[1] == 's' && !isspace((unsigned char)c)) ||
	       (atom[1] == 'w' && !isalnum((unsigned char)c) && c != '_');
}

/* Rewrites the atom and its lazy quantifier: as many as are no c. The first of X+ may be one. */
static void add_run(struct rewrite *r, bool set, char c, char quantifier)
{
	struct buf class = {0};

	buf_add_string(&class, set ? "" : "[^");
	buf_add(&class, r->out.data + r->atom, set ? r->out.length - r->atom - 1 : 0);
	if (strchr("\\]^-", c))
		buf_add_char(&class, '\\');
	buf_add_char(&class, c);
	buf_add_char(&class, ']');
	r->out.length = quantifier == '+' ? r->out.length : r->atom;
	buf_add(&r->out, class.data, class.length);
	buf_add_char(&r->out, quantifier == '+' ? '*' : quantifier);
	buf_release(&class);
}

/* A lazy quantifier: X*? in front of a certain byte c is the run of X that holds no c. That holds where what follows c
   matches behind the first c if behind any; where the end of the match is certain, a run as long as can be will do. */
static int add_lazy(struct rewrite *r, size_t quantifier)
{
	const char *next = r->at + quantifier + 1, *behind;
	char c;
	bool any = r->out.length == r->atom + 1 && r->out.data[r->atom] == '.';
	bool set = r->out.length > r->atom + 2 && r->out.data[r->atom] == '[' && r->out.data[r->atom + 1] == '^';
	bool certain = first_byte(next, &c, &behind);

	if (((any || set) && reaches_end(next)) || (certain && is_class_without(r, c)))
		buf_add(&r->out, r->at, quantifier);
	else if ((any || set) && certain && quantifier == 1 && matches_early(behind))
		add_run(r, set, c, *r->at);
	else
		return refuse(r, "lazy quantifiers (*?, +?) are only supported as .*? in front of one certain "
		                 "character, with nothing or .* behind it");
	r->at = next;
	return 0;
}

static int add_quantifier(struct rewrite *r)
{
	size_t length = *r->at == '{' ? count_length(r->at) : 1;

	if (length == 0) { /* a brace that counts nothing is itself */
		begin_atom(r);
		buf_add_string(&r->out, "\\{");
		r->at++;
		return 0;
	}
	if (!r->has_atom)
		return refuse(r, "a quantifier with nothing in front of it");
	if (r->at[length] == '+')
		return refuse(r, "possessive quantifiers are not supported");
	r->has_atom = false; /* a second quantifier would have nothing to belong to */
	if (r->at[length] == '?')
		return add_lazy(r, length);
	buf_add(&r->out, r->at, length);
	r->at += length;
	return 0;
}

static int add_next(struct rewrite *r)
{
	switch (*r->at) {
	case '\\':
		return add_escape(r);
	case '[':
		return add_bracket(r);
	case '(':
		return add_open(r);
	case ')':
		/* a group is no single character, which is all that a lazy quantifier may have */
		r->atom = r->out.length;
		r->has_atom = true;
		break;
	case '*':
	case '+':
	case '?':
	case '{':
		return add_quantifier(r);
	case '|':
	case '^':
		r->has_atom = false;
		break;
	default:
		begin_atom(r);
	}
	buf_add_char(&r->out, *r->at++);
	return 0;
}

/* Parentheses are counted as the user wrote them: (?:...) is one that has no number. */
static void number_groups(struct perl *p, const char *text)
{
	size_t number = 0;

	memset(p->group, 0, sizeof p->group);
	p->groups = 0;
	for (; *text; text++) {
		const char *end = *text == '[' ? bracket_end(text) : NULL;
		if (end) {
			text = end - 1;
		} else if (*text == '\\' && text[1]) {
			text++;
		} else if (*text == '(') {
			p->groups++;
			if (text[1] != '?' && ++number < PERL_GROUPS)
				p->group[number] = p->groups < PERL_GROUPS ? (unsigned char)p->groups : 0;
		}
	}
}

int perl_compile(struct perl *p, const char *text, bool ignore_case, struct err *e)
{
	struct rewrite r = {.whole = text, .at = text, .e = e};
	int result = 0;

	if (strncmp(text, "(?i)", 4) == 0) {
		ignore_case = true;
		r.at += 4;
	}
	while (*r.at && result == 0)
		result = add_next(&r);
	if (result == 0)
		result = pattern_compile(&p->pattern, buf_text(&r.out), ignore_case, e);
	if (result == 0)
		number_groups(p, buf_text(&r.out));
	buf_release(&r.out);
	return result;
}

void perl_release(struct perl *p)
{
	pattern_release(&p->pattern);
}

bool perl_match(const struct perl *p, const char *text, regmatch_t *at, size_t count, int flags)
{
	regmatch_t all[PERL_GROUPS];
	size_t want = count > 1 ? p->groups + 1 : count;

	if (want > PERL_GROUPS)
		want = PERL_GROUPS;
	if (regexec(&p->pattern.regex, text, want, all, flags) != 0)
		return false;
	for (size_t i = 0; i < count; i++) {
		size_t group = i ? p->group[i] : 0;
		at[i] = i == 0 || (group && group < want) ? all[group] : (regmatch_t){-1, -1};
	}
	return true;
}
