/* The helper's commands on descriptors: pipes, sockets, locks and what else a process holds. */
#pragma once

/* Any command of the helper; -1 with errno on failure. */
long act(char **words);

int is_fd_command(const char *name);
long fd_act(char **words);

/* What a command answers beside its result; -1 when nothing. */
extern long second_result;
