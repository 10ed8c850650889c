#include "worker/jobenv.h"

#include "tap.h"

static const char *value_of(const struct jobenv *e, const char *name)
{
	size_t length = strlen(name), found = 0;
	const char *value = NULL;

	for (char **entry = e->list; *entry; entry++) {
		if (strncmp(*entry, name, length) == 0 && (*entry)[length] == '=') {
			value = *entry + length + 1;
			found++;
		}
	}
	return found > 1 ? "more than one" : value;
}

static void test_values(void)
{
	char path[] = "PATH=/bin", seq[] = "PP_SEQ=old", other[] = "PP_SEQUEL=kept", odd[] = "no equals sign";
	char slot[] = "PARALLEL_JOBSLOT=9", empty[] = "PP_RETRY=";
	char *base[] = {path, seq, other, odd, slot, empty, NULL};
	struct jobenv e;

	jobenv_init(&e, base, 12, 4711, NULL);
	jobenv_set_task(&e, UINT64_MAX, 1);
	SAME(value_of(&e, "PATH"), "/bin", "a job has the variables of pp");
	SAME(value_of(&e, "PP_SEQUEL"), "kept", "also one with a similar name");
	SAME(e.list[2], "no equals sign", "also what is no variable");
	SAME(value_of(&e, "PP_SEQ"), "18446744073709551615", "its number, once, the greatest too");
	SAME(value_of(&e, "PARALLEL_SEQ"), "18446744073709551615", "also under its old name");
	SAME(value_of(&e, "PP_SLOT"), "12", "its slot");
	SAME(value_of(&e, "PARALLEL_JOBSLOT"), "12", "also under its old name");
	SAME(value_of(&e, "PP_PID"), "4711", "the manager's process id");
	SAME(value_of(&e, "PARALLEL_PID"), "4711", "also under its old name");
	SAME(value_of(&e, "PP_RETRY"), "0", "the first try is not a retry");
	jobenv_set_task(&e, 3, 4);
	SAME(value_of(&e, "PP_SEQ"), "3", "the next job has its own number");
	SAME(value_of(&e, "PP_RETRY"), "3", "the fourth try is the third retry");
	jobenv_release(&e);
}

static void test_slot_variable(void)
{
	char gpu[] = "GPU=old", longer[] = "GPUS=kept", *base[] = {gpu, longer, NULL}, *none[] = {NULL};
	struct jobenv e;

	jobenv_init(&e, base, 3, 1, "GPU");
	SAME(value_of(&e, "GPU"), "2", "a variable of the user's holds the slot, from 0, once");
	SAME(value_of(&e, "GPUS"), "kept", "and no other is touched");
	jobenv_release(&e);
	jobenv_init(&e, none, 1, 1, NULL);
	jobenv_set_task(&e, 1, 1);
	SAME(value_of(&e, "PP_SEQ"), "1", "an empty environment will do");
	jobenv_release(&e);
}

int main(void)
{
	test_values();
	test_slot_variable();
	return tap_end();
}
