#include "pool/transport.h"

#include <unistd.h>

#include "os/fd.h"
#include "os/sig.h"

pid_t transport_fork(transport_body *body, void *body_arg, transport_detach *detach, void *detach_arg, unsigned slot,
                     struct board *board, int kept, int *in, int *out)
{
	int tasks[2], reports[2];
	pid_t pid;

	if (fd_pipe(tasks) < 0)
		return -1;
	if (fd_pipe(reports) < 0) {
		fd_close(&tasks[0]);
		fd_close(&tasks[1]);
		return -1;
	}
	pid = fork();
	if (pid == 0) {
		fd_close(&tasks[1]);
		fd_close(&reports[0]);
		sig_reset_child();
		detach(detach_arg);
		fd_close_private((int[]){tasks[0], reports[1], kept}, 3);
		_exit(body(body_arg, slot, tasks[0], reports[1], board));
	}
	fd_close(&tasks[0]);
	fd_close(&reports[1]);
	*in = reports[0];
	*out = tasks[1];
	if (pid < 0) {
		fd_close(in);
		fd_close(out);
	}
	return pid;
}
