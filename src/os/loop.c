/*
 * How it works. A table with a slot for each descriptor number holds the watches. An event carries the number and
 * the serial of the watch that it was asked for, never a pointer: when its turn comes, it is delivered only if the
 * slot still holds that very watch and the watch still wants it. Changed wishes are collected and told to the
 * kernel before the next wait, so that a wish given up and renewed within a round costs nothing.
 *
 * The earliest deadline stands in a timerfd, as an absolute time: no clock has to be read before a wait. It is set
 * only when a deadline comes to lie before it; one that was cancelled or put off leaves it as it is and costs one
 * idle round at most. Without timerfd, the wait gets a time-out, and the clock has to be read for it.
 */
#include "os/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "os/clock.h"
#include "os/fd.h"
#include "os/wait.h"

#if defined HAVE_SYS_EPOLL_H && defined HAVE_EPOLL_CREATE1
#define USE_EPOLL
#include <sys/epoll.h>
#endif

#if defined USE_EPOLL && defined HAVE_TIMERFD_CREATE
#define USE_TIMERFD
#include <sys/timerfd.h>
#endif

struct slot {
	struct watch *watch; /* lent, NULL when the descriptor has none */
	uint32_t serial;     /* which watch of this descriptor it is, among all since the start */
	unsigned told;       /* what the kernel believes to be wanted */
	bool changed;        /* the number stands in the list of changes */
};

struct ready {
	int fd;
	uint32_t serial;
	unsigned what;
};

struct loop {
	int epoll_fd;    /* -1: poll is used */
	int timer_fd;    /* -1: time-outs are used */
	nsec_t timer_at; /* what timer_fd is set to, NSEC_NEVER when it is not */
	nsec_t now;
	struct heap timers;
	struct slot *slots; /* by descriptor */
	size_t slot_count;
	size_t watch_count;
	uint32_t last_serial;
	int *changed; /* descriptors whose wish has changed, each once: slot_count places */
	size_t changed_count;
	struct list always;  /* watches that are always ready */
	struct ready *ready; /* the events of this round */
	size_t ready_count;
	size_t ready_capacity;
	struct pollfd *polled; /* for poll: what to wait for */
	size_t polled_count;
	bool polled_is_stale;
};

static void add_ready(struct loop *l, int fd, unsigned what)
{
	if (l->ready_count == l->ready_capacity) {
		l->ready_capacity = mem_grow(l->ready_capacity, l->ready_count + 1);
		l->ready = mem_resize_array(l->ready, l->ready_capacity, sizeof *l->ready);
	}
	l->ready[l->ready_count++] = (struct ready){.fd = fd, .serial = l->slots[fd].serial, .what = what};
}

#ifdef USE_EPOLL

enum { EVENTS = 64 }; /* taken from the kernel at once; the others keep their turn */

static const uint64_t timer_tag = UINT64_MAX; /* no descriptor has this number */

/* Errors and hang-ups are always reported. Edge-triggered, those of a paused watch do so once and cannot keep the
   loop spinning. */
static uint32_t epoll_bits(unsigned want)
{
	if (want == 0)
		return EPOLLET;
	return (want & LOOP_READ ? EPOLLIN : 0) | (want & LOOP_WRITE ? EPOLLOUT : 0);
}

static int tell_epoll(struct loop *l, int operation, struct watch *w)
{
	struct slot *slot = &l->slots[w->fd];
	struct epoll_event event = {
		.events = epoll_bits(w->want),
		.data.u64 = (uint64_t)slot->serial << 32 | (uint32_t)w->fd,
	};

	if (epoll_ctl(l->epoll_fd, operation, w->fd, &event) == -1)
		return -1;
	slot->told = w->want;
	return 0;
}

static int add_to_epoll(struct loop *l, struct watch *w)
{
	if (tell_epoll(l, EPOLL_CTL_ADD, w) == 0)
		return 0;
	if (errno != EPERM)
		return -1;
	w->always = true;
	list_append(&l->always, &w->always_place);
	return 0;
}

static int tell_epoll_changes(struct loop *l)
{
	while (l->changed_count > 0) {
		struct slot *slot = &l->slots[l->changed[l->changed_count - 1]];
		struct watch *w = slot->watch;

		if (w && !w->always && w->want != slot->told && tell_epoll(l, EPOLL_CTL_MOD, w) == -1)
			return -1;
		slot->changed = false;
		l->changed_count--;
	}
	return 0;
}

static void take_event(struct loop *l, const struct epoll_event *event)
{
	int fd = (int)(event->data.u64 & UINT32_MAX);
	unsigned what = 0;

	if (event->data.u64 == timer_tag) {
		l->timer_at = NSEC_NEVER;
		return;
	}
	if (event->events & ~(uint32_t)EPOLLOUT)
		what |= LOOP_READ;
	if (event->events & ~(uint32_t)EPOLLIN)
		what |= LOOP_WRITE;
	if (l->slots[fd].serial == event->data.u64 >> 32)
		add_ready(l, fd, what);
}

static int wait_in_epoll(struct loop *l, int timeout_ms)
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(l->epoll_fd, events, EVENTS, timeout_ms);

	for (int i = 0; i < n; i++)
		take_event(l, &events[i]);
	return n;
}

static int open_epoll(void)
{
	const char *forced = getenv("PP_LOOP");

	if (forced && strcmp(forced, "poll") == 0) {
		errno = ENOSYS;
		return -1;
	}
	return epoll_create1(EPOLL_CLOEXEC);
}

#else

static int add_to_epoll(struct loop *l, struct watch *w)
{
	return 0;
}

static int tell_epoll_changes(struct loop *l)
{
	return 0;
}

static int wait_in_epoll(struct loop *l, int timeout_ms)
{
	return 0;
}

static int open_epoll(void)
{
	errno = ENOSYS;
	return -1;
}

#endif

#ifdef USE_TIMERFD

static void open_timer_fd(struct loop *l)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.u64 = timer_tag};

	if (l->epoll_fd == -1)
		return;
	l->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (l->timer_fd != -1 && epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, l->timer_fd, &event) == -1)
		fd_close(&l->timer_fd);
}

/* Makes sure that the wait ends at the given time, which is still to come. Returns false when a time-out has to do. */
static bool wake_at(struct loop *l, nsec_t at)
{
	struct itimerspec when = {.it_value = {.tv_sec = at / NSEC_PER_SEC, .tv_nsec = at % NSEC_PER_SEC}};

	if (at >= l->timer_at)
		return true;
	if (l->timer_fd == -1)
		open_timer_fd(l);
	if (l->timer_fd == -1 || timerfd_settime(l->timer_fd, TFD_TIMER_ABSTIME, &when, NULL) == -1)
		return false;
	l->timer_at = at;
	return true;
}

#else

static bool wake_at(struct loop *l, nsec_t at)
{
	return at == NSEC_NEVER;
}

#endif

static void rebuild_polled(struct loop *l)
{
	l->polled = mem_resize_array(l->polled, l->watch_count, sizeof *l->polled);
	l->polled_count = 0;
	for (size_t fd = 0; fd < l->slot_count; fd++) {
		struct watch *w = l->slots[fd].watch;

		if (w && w->want)
			l->polled[l->polled_count++] = (struct pollfd){
				.fd = w->fd,
				.events = (short)((w->want & LOOP_READ ? POLLIN : 0) |
			                          (w->want & LOOP_WRITE ? POLLOUT : 0)),
			};
	}
	l->polled_is_stale = false;
}

static int wait_in_poll(struct loop *l, int timeout_ms)
{
	int n = poll(l->polled, (nfds_t)l->polled_count, timeout_ms);

	for (size_t i = 0; n > 0 && i < l->polled_count; i++) {
		short got = l->polled[i].revents;

		if (got)
			add_ready(l, l->polled[i].fd,
			          (got & ~POLLOUT ? LOOP_READ : 0) | (got & ~POLLIN ? LOOP_WRITE : 0));
	}
	return n;
}

/* Tells the system what is wanted from now on. */
static int tell_changes(struct loop *l)
{
	if (l->epoll_fd != -1)
		return tell_epoll_changes(l);
	if (l->polled_is_stale)
		rebuild_polled(l);
	return 0;
}

static int wait_ready(struct loop *l, int timeout_ms)
{
	int n;

	l->ready_count = 0;
	n = l->epoll_fd != -1 ? wait_in_epoll(l, timeout_ms) : wait_in_poll(l, timeout_ms);
	if (n == -1 && errno != EINTR)
		return -1;
	LIST_EACH (node, following, &l->always) {
		struct watch *w = LIST_ENTRY(node, struct watch, always_place);

		if (w->want)
			add_ready(l, w->fd, w->want);
	}
	return 0;
}

static bool always_wanted(const struct loop *l)
{
	for (const struct list *node = l->always.next; node != &l->always; node = node->next)
		if (LIST_ENTRY(node, const struct watch, always_place)->want)
			return true;
	return false;
}

static int milliseconds_until(nsec_t at)
{
	nsec_t now = clock_now();
	nsec_t left = at > now ? (at - now - 1) / NSEC_PER_MSEC + 1 : 0;

	return left < INT_MAX ? (int)left : INT_MAX;
}

/* How long the next wait may last: milliseconds, -1 for as long as it takes. */
static int wait_limit(struct loop *l)
{
	struct heap_node *first = heap_top(&l->timers);

	if (always_wanted(l) || (first && first->key <= l->now))
		return 0;
	if (!first || wake_at(l, first->key))
		return -1;
	return milliseconds_until(first->key);
}

/* The table may move and watches may go during each call. */
static void deliver(struct loop *l)
{
	for (size_t i = 0; i < l->ready_count; i++) {
		struct ready event = l->ready[i];
		struct slot *slot = &l->slots[event.fd];
		struct watch *w = slot->watch;

		if (w && slot->serial == event.serial && (event.what & w->want))
			w->ready(w, event.what & w->want);
	}
}

/* No more calls than there were timers: one that sets itself again for now waits for the next round. */
static void expire(struct loop *l)
{
	struct heap_node *first;

	for (size_t left = l->timers.count; left > 0 && (first = heap_top(&l->timers)) && first->key <= l->now;
	     left--) {
		struct timer *t = LIST_ENTRY(first, struct timer, node);

		heap_remove(&l->timers, first);
		t->expired(t);
	}
}

int loop_once(struct loop *l)
{
	if (l->watch_count == 0 && !heap_top(&l->timers))
		return 0;
	if (tell_changes(l) == -1 || wait_ready(l, wait_limit(l)) == -1) {
		wait_pause();
		return -1;
	}
	l->now = clock_now();
	deliver(l);
	expire(l);
	return 0;
}

struct loop *loop_new(void)
{
	int epoll_fd = open_epoll();
	struct loop *l;

	if (epoll_fd == -1 && errno != ENOSYS)
		return NULL;
	l = mem_zero(1, sizeof *l);
	l->epoll_fd = epoll_fd;
	l->timer_fd = -1;
	l->timer_at = NSEC_NEVER;
	l->now = clock_now();
	heap_init(&l->timers);
	list_init(&l->always);
	return l;
}

void loop_free(struct loop *l)
{
	if (!l)
		return;
	for (size_t fd = 0; fd < l->slot_count; fd++)
		if (l->slots[fd].watch)
			l->slots[fd].watch->added = false;
	heap_release(&l->timers);
	fd_close(&l->timer_fd);
	fd_close(&l->epoll_fd);
	free(l->slots);
	free(l->changed);
	free(l->ready);
	free(l->polled);
	free(l);
}

/* loop_free tells the kernel nothing about single watches, which it would forget on the parent's behalf too. */
void loop_abandon(struct loop *l)
{
	loop_free(l);
}

static void make_slot(struct loop *l, int fd)
{
	size_t count = l->slot_count;

	if ((size_t)fd < count)
		return;
	l->slot_count = mem_grow(count, (size_t)fd + 1);
	l->slots = mem_resize_array(l->slots, l->slot_count, sizeof *l->slots);
	l->changed = mem_resize_array(l->changed, l->slot_count, sizeof *l->changed);
	memset(l->slots + count, 0, (l->slot_count - count) * sizeof *l->slots);
}

static int add_to_poll(struct loop *l, struct watch *w)
{
	l->polled_is_stale = true;
	return fcntl(w->fd, F_GETFD) == -1 ? -1 : 0;
}

int loop_add(struct loop *l, struct watch *w)
{
	struct slot *slot;

	if (w->fd < 0) {
		errno = EBADF;
		return -1;
	}
	make_slot(l, w->fd);
	slot = &l->slots[w->fd];
	if (slot->watch) {
		errno = EEXIST;
		return -1;
	}
	w->always = false;
	slot->serial = ++l->last_serial;
	if ((l->epoll_fd != -1 ? add_to_epoll(l, w) : add_to_poll(l, w)) == -1)
		return -1;
	slot->watch = w;
	w->added = true;
	l->watch_count++;
	return 0;
}

void loop_want(struct loop *l, struct watch *w, unsigned want)
{
	struct slot *slot;

	if (w->want == want)
		return;
	w->want = want;
	if (!w->added)
		return;
	l->polled_is_stale = true;
	slot = &l->slots[w->fd];
	if (!slot->changed && l->epoll_fd != -1 && !w->always) {
		slot->changed = true;
		l->changed[l->changed_count++] = w->fd;
	}
}

void loop_remove(struct loop *l, struct watch *w)
{
	if (!w->added)
		return;
	w->added = false;
	l->slots[w->fd].watch = NULL;
	l->watch_count--;
	l->polled_is_stale = true;
	if (w->always)
		list_remove(&w->always_place);
#ifdef USE_EPOLL
	/* At once, and not left to close: as long as a child shares the descriptor, closing it here would not end
	   it. */
	else if (l->epoll_fd != -1)
		epoll_ctl(l->epoll_fd, EPOLL_CTL_DEL, w->fd, NULL);
#endif
}

void loop_set_timer(struct loop *l, struct timer *t, nsec_t at)
{
	heap_set(&l->timers, &t->node, at);
}

void loop_cancel_timer(struct loop *l, struct timer *t)
{
	heap_remove(&l->timers, &t->node);
}

bool loop_timer_is_set(const struct timer *t)
{
	return t->node.place != 0;
}

nsec_t loop_now(const struct loop *l)
{
	return l->now;
}
