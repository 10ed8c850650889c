#include "output/outcome.h"

const char *outcome_cause_name(enum outcome_cause cause)
{
	static const char *const names[] = {
		[OUTCOME_EXITED] = "exited",       [OUTCOME_SIGNALLED] = "signalled",     [OUTCOME_TIMEOUT] = "timeout",
		[OUTCOME_CANCELLED] = "cancelled", [OUTCOME_NOT_STARTED] = "not_started", [OUTCOME_LOST] = "lost",
	};

	return names[cause];
}
