/*
 * A parser by recursive descent along a table of levels, each with its operators, the loosest first.
 */
#include "input/filter.h"

#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "input/filter_tree.h"

enum {
	MOST_DEPTH = 200, /* of nested parentheses and signs: each level takes stack */
	SHOWN_BYTES = 40,
	MOST_SIGNS = 8, /* on a level */
};

struct filter {
	struct filter_node *root;
};

struct parser {
	const char *text; /* the whole expression */
	const char *at;
	const struct template_config *config;
	struct err *e;
	unsigned depth;
};

struct operator
{
	const char *sign;
	enum filter_op op;
};

/* In a level a longer sign stands before one that it begins with. */
static const struct operator levels[][MOST_SIGNS] = {
	{{"or", FILTER_OR}, {"xor", FILTER_XOR}},
	{{"and", FILTER_AND}},
	{{"not", FILTER_NOT}},
	{{"||", FILTER_OR}},
	{{"&&", FILTER_AND}},
	{{"==", FILTER_EQUAL}, {"!=", FILTER_UNEQUAL}, {"eq", FILTER_SAME}, {"ne", FILTER_OTHER}},
	{{"<=", FILTER_AT_MOST},
         {">=", FILTER_AT_LEAST},
         {"<", FILTER_LESS},
         {">", FILTER_MORE},
         {"lt", FILTER_BEFORE},
         {"le", FILTER_NOT_AFTER},
         {"gt", FILTER_AFTER},
         {"ge", FILTER_NOT_BEFORE}},
	{{"+", FILTER_ADD}, {"-", FILTER_SUBTRACT}, {".", FILTER_JOIN}},
	{{"*", FILTER_MULTIPLY}, {"/", FILTER_DIVIDE}, {"%", FILTER_REMAINDER}},
};

enum { LEVELS = sizeof levels / sizeof *levels, LEVEL_NOT = 2 };

static struct filter_node *parse_level(struct parser *p, size_t level);
static struct filter_node *parse_sign(struct parser *p);

static struct filter_node *fail(struct parser *p, const char *what)
{
	err_set(p->e,
	        "bad filter: %s: %s at \"%.*s\"; it offers "
	        "< <= > >= == != lt le gt ge eq ne =~ !~ + - * / %% . && || ! ( ) and no other Perl",
	        p->text, what, SHOWN_BYTES, *p->at ? p->at : "the end");
	return NULL;
}

static bool is_word_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool skip_sign(struct parser *p, const char *sign)
{
	size_t length = strlen(sign);

	p->at += strspn(p->at, " \t\n");
	if (strncmp(p->at, sign, length) != 0 || (is_word_byte(*sign) && is_word_byte(p->at[length])))
		return false;
	p->at += length;
	return true;
}

static const struct operator* skip_operator(struct parser *p, size_t level)
{
	for (const struct operator* o = levels[level]; o < levels[level] + MOST_SIGNS && o->sign; o++)
		if (skip_sign(p, o->sign))
			return o;
	return NULL;
}

/* The custom spellings of replacement strings: they may be anything. */
static size_t custom_length(const struct parser *p)
{
	const struct template_config *c = p->config;
	const char *const spellings[] = {c->braces,   c->no_extension, c->base, c->directory, c->base_no_extension,
	                                 c->sequence, c->slot};
	size_t longest = 0;

	for (size_t n = 0; n < sizeof spellings / sizeof *spellings; n++) {
		size_t length = spellings[n] ? strlen(spellings[n]) : 0;

		if (length > longest && strncmp(p->at, spellings[n], length) == 0)
			longest = length;
	}
	for (size_t n = 0; c->rpl && n < c->rpl->count; n++) {
		size_t length = strcspn(c->rpl->list[n], " ");

		if (length > longest && strncmp(p->at, c->rpl->list[n], length) == 0)
			longest = length;
	}
	return longest;
}

/* The length of the replacement string at p->at, 0 when there is none. */
static size_t braces_length(const struct parser *p)
{
	const char *at = p->at;
	size_t depth = 0;

	if (*at != '{')
		return 0;
	for (; *at; at++) {
		depth += *at == '{';
		if (*at == '}' && --depth == 0)
			return (size_t)(at + 1 - p->at);
	}
	return 0;
}

/* A text with or without replacement strings: takes text. */
static struct filter_node *make_text(struct parser *p, struct buf *text)
{
	struct template_config config = *p->config;
	struct filter_node *n = filter_node_new(FILTER_VALUES, NULL, NULL);
	char *word = buf_text(text);

	config.mode = TEMPLATE_EXEC;
	config.batch = BATCH_NONE;
	config.no_value = false;
	config.never_append = true;
	n->values = template_compile(&config, 1, &word, p->e);
	buf_release(text);
	if (n->values)
		return n;
	filter_node_free(n);
	return NULL;
}

static struct filter_node *parse_quoted(struct parser *p)
{
	char quote = *p->at;
	const char *at = p->at + 1;
	struct buf text = {0};

	for (; *at && *at != quote; at++) {
		if (*at == '\\' && (at[1] == quote || at[1] == '\\'))
			at++;
		buf_add_char(&text, *at);
	}
	if (!*at) {
		buf_release(&text);
		return fail(p, "a quote is not closed");
	}
	p->at = at + 1;
	return make_text(p, &text);
}

static struct filter_node *parse_replacement(struct parser *p, size_t length)
{
	struct buf text = {0};

	buf_add(&text, p->at, length);
	p->at += length;
	return make_text(p, &text);
}

static struct filter_node *parse_number(struct parser *p)
{
	struct filter_node *n = filter_node_new(FILTER_NUMBER, NULL, NULL);
	char *end;

	n->number = strtod(p->at, &end);
	p->at = end;
	if (!is_word_byte(*end))
		return n;
	filter_node_free(n);
	return fail(p, "no number");
}

static bool is_number(const char *at)
{
	at += *at == '.';
	return *at >= '0' && *at <= '9' && !(at[0] == '0' && (at[1] | 0x20) == 'x');
}

static struct filter_node *parse_operand(struct parser *p)
{
	struct filter_node *n;
	size_t length;

	p->at += strspn(p->at, " \t\n");
	length = custom_length(p);
	if (!length)
		length = braces_length(p);
	if (length)
		return parse_replacement(p, length);
	if (*p->at == '"' || *p->at == '\'')
		return parse_quoted(p);
	if (is_number(p->at))
		return parse_number(p);
	if (!skip_sign(p, "("))
		return fail(p, "no value");
	n = parse_level(p, 0);
	if (!n || skip_sign(p, ")"))
		return n;
	filter_node_free(n);
	return fail(p, "a parenthesis is not closed");
}

/* Puts what stands up to the closing mark into text, a mark with a backslash before it as the mark alone. Returns
   whether it was closed. */
static bool read_pattern(struct parser *p, char mark, struct buf *text)
{
	for (; *p->at && *p->at != mark; p->at++) {
		if (*p->at == '\\' && p->at[1] && p->at[1] != mark)
			buf_add_char(text, *p->at++);
		else if (*p->at == '\\' && p->at[1])
			p->at++;
		buf_add_char(text, *p->at);
	}
	return *p->at++ == mark;
}

static char closing_mark(char mark)
{
	static const char opening[] = "([{<", closing[] = ")]}>";
	const char *at = mark ? strchr(opening, mark) : NULL;

	return at ? closing[at - opening] : mark;
}

/* Takes the left operand. */
static struct filter_node *parse_pattern(struct parser *p, enum filter_op op, struct filter_node *left)
{
	struct filter_node *n = filter_node_new(op, left, NULL);
	const char *begin = (p->at += strspn(p->at, " \t\n"));
	struct buf text = {0};
	char mark = *p->at == 'm' ? *++p->at : *p->at;
	bool whole = mark && !is_word_byte(mark) && (p->at > begin || strchr("/\"'", mark)), ignore_case;

	p->at += whole;
	if (!whole || !read_pattern(p, closing_mark(mark), &text)) {
		p->at = begin;
		fail(p, "no /regular expression/");
		goto bad;
	}
	ignore_case = *p->at == 'i';
	p->at += ignore_case;
	n->pattern = mem_alloc(sizeof *n->pattern);
	if (pattern_compile(n->pattern, buf_text(&text), ignore_case, p->e) == 0) {
		buf_release(&text);
		return n;
	}
	free(n->pattern);
	n->pattern = NULL;
bad:
	buf_release(&text);
	filter_node_free(n);
	return NULL;
}

static struct filter_node *parse_match(struct parser *p)
{
	struct filter_node *n = parse_sign(p);

	if (n && skip_sign(p, "=~"))
		return parse_pattern(p, FILTER_MATCHES, n);
	if (n && skip_sign(p, "!~"))
		return parse_pattern(p, FILTER_MATCHES_NOT, n);
	return n;
}

/* An operator with one operand, which parse reads. */
static struct filter_node *parse_single(struct parser *p, enum filter_op op)
{
	struct filter_node *n;

	if (p->depth == MOST_DEPTH)
		return fail(p, "too deep");
	p->depth++;
	n = op == FILTER_NOT && p->at[-1] == 't' ? parse_level(p, LEVEL_NOT) : parse_sign(p);
	p->depth--;
	return n ? filter_node_new(op, n, NULL) : NULL;
}

static struct filter_node *parse_sign(struct parser *p)
{
	struct filter_node *n;

	if (skip_sign(p, "!"))
		return parse_single(p, FILTER_NOT);
	if (skip_sign(p, "-"))
		return parse_single(p, FILTER_NEGATE);
	if (p->depth == MOST_DEPTH)
		return fail(p, "too deep");
	p->depth++;
	n = parse_operand(p);
	p->depth--;
	return n;
}

static struct filter_node *parse_level(struct parser *p, size_t level)
{
	struct filter_node *left;
	const struct operator* o;

	if (level == LEVELS)
		return parse_match(p);
	if (level == LEVEL_NOT)
		return skip_operator(p, level) ? parse_single(p, FILTER_NOT) : parse_level(p, level + 1);
	left = parse_level(p, level + 1);
	while (left && (o = skip_operator(p, level)) != NULL) {
		struct filter_node *right = parse_level(p, level + 1);

		if (!right) {
			filter_node_free(left);
			return NULL;
		}
		left = filter_node_new(o->op, left, right);
	}
	return left;
}

struct filter *filter_new(const char *text, const struct template_config *config, struct err *e)
{
	static const struct template_config standard = {0};
	struct parser p = {.text = text, .at = text, .config = config ? config : &standard, .e = e};
	struct filter_node *root = parse_level(&p, 0);
	struct filter *f;

	p.at += strspn(p.at, " \t\n");
	if (root && *p.at) {
		filter_node_free(root);
		root = fail(&p, "an operator is missing");
	}
	if (!root)
		return NULL;
	f = mem_alloc(sizeof *f);
	f->root = root;
	return f;
}

void filter_free(struct filter *f)
{
	if (!f)
		return;
	filter_node_free(f->root);
	free(f);
}

int filter_holds(const struct filter *f, const struct item *item, const struct template_facts *facts, struct err *e)
{
	return filter_node_holds(f->root, item, facts, e);
}
