/*
 * leave.c - for make coverage: a process that leaves with _exit, as command workers do, writes down what it has
 * executed.
 *
 * Linked with -Wl,--wrap=_exit.
 */
void __gcov_dump(void);
_Noreturn void __real__exit(int status);
_Noreturn void __wrap__exit(int status);

void __wrap__exit(int status)
{
	__gcov_dump();
	__real__exit(status);
}
