#include "worker/jobenv.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/num.h"

enum {
	PP_SEQ,
	PARALLEL_SEQ,
	PP_RETRY,
	TASK_COUNT,
	PP_SLOT = TASK_COUNT,
	PARALLEL_JOBSLOT,
	PP_PID,
	PARALLEL_PID,
	FIXED_COUNT
};

static const char *const names[FIXED_COUNT] = {
	[PP_SEQ] = "PP_SEQ=",
	[PARALLEL_SEQ] = "PARALLEL_SEQ=",
	[PP_RETRY] = "PP_RETRY=",
	[PP_SLOT] = "PP_SLOT=",
	[PARALLEL_JOBSLOT] = "PARALLEL_JOBSLOT=",
	[PP_PID] = "PP_PID=",
	[PARALLEL_PID] = "PARALLEL_PID=",
};

static void set_number(struct jobenv *e, int which, uint64_t number)
{
	size_t length = strlen(names[which]);

	memcpy(e->text[which], names[which], length);
	num_format_uint(e->text[which] + length, number);
}

/* Whether entry sets a variable that pp sets itself. */
static bool is_ours(const char *entry, const char *slot_text)
{
	for (int i = 0; i < FIXED_COUNT; i++) {
		if (strncmp(entry, names[i], strlen(names[i])) == 0)
			return true;
	}
	return slot_text && strncmp(entry, slot_text, strcspn(slot_text, "=") + 1) == 0;
}

static char *slot_variable_text(const char *name, unsigned slot)
{
	struct buf text = {0};

	buf_add_string(&text, name);
	buf_add_char(&text, '=');
	buf_add_uint(&text, slot - 1);
	return buf_take(&text);
}

void jobenv_init(struct jobenv *e, char **base, unsigned slot, pid_t manager, const char *slot_variable)
{
	size_t count = 0, used = 0;

	memset(e, 0, sizeof *e);
	set_number(e, PP_SLOT, slot);
	set_number(e, PARALLEL_JOBSLOT, slot);
	set_number(e, PP_PID, (uint64_t)manager);
	set_number(e, PARALLEL_PID, (uint64_t)manager);
	if (slot_variable)
		e->slot_text = slot_variable_text(slot_variable, slot);
	while (base[count])
		count++;
	e->list = mem_alloc((count + FIXED_COUNT + 2) * sizeof *e->list);
	for (size_t i = 0; i < count; i++) {
		if (!is_ours(base[i], e->slot_text))
			e->list[used++] = base[i];
	}
	for (int i = TASK_COUNT; i < FIXED_COUNT; i++)
		e->list[used++] = e->text[i];
	if (e->slot_text)
		e->list[used++] = e->slot_text;
	/* The variables of the task stand last: without a task there are none. */
	e->list[used] = NULL;
	e->task = e->list + used;
	for (int i = 0; i <= TASK_COUNT; i++)
		e->task[i] = NULL;
}

void jobenv_release(struct jobenv *e)
{
	free(e->list);
	free(e->slot_text);
	memset(e, 0, sizeof *e);
}

void jobenv_set_task(struct jobenv *e, uint64_t sequence, uint32_t try)
{
	set_number(e, PP_SEQ, sequence);
	set_number(e, PARALLEL_SEQ, sequence);
	set_number(e, PP_RETRY, try - 1);
	for (int i = 0; i < TASK_COUNT; i++)
		e->task[i] = e->text[i];
}
