/*
 * Running other programs: exec and popen. Only the few command lines below, which read their input and write their output
 * and open nothing: no shell with words of a demo, no arbitrary program.
 */
#include "call.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { COMMAND_SIZE = 64, STREAMS_MAX = 8 };

static const char *const commands[] = {
    "cat", "sort", "tr a-z A-Z", "wc -c", "wc -l", "echo hello", "exit 3",
    /* A name with a command behind it: what a shell makes of text from outside. */
    "echo hello Ann; echo this was a command",
};

static bool is_offered(struct frame *frame, const char *command)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(commands[i], command) == 0)
            return true;
    frame->refused = "a demo runs cat, sort, tr a-z A-Z, wc -c, wc -l and, with popen, exit 3, echo hello and echo hello Ann; echo this was a command";
    return false;
}

/* What the program finds around it does not depend on whoever started the editor. */
static void plain_environment(void)
{
    clearenv();
    setenv("PATH", "/usr/local/bin:/usr/bin:/bin", 1);
    setenv("LC_ALL", "C", 1);
}

/* execlp(file, name, argument..., NULL): all but the final NULL come as strings */
static void run_execlp(struct frame *frame)
{
    char *words[ARGUMENTS_MAX] = {NULL};
    char command[COMMAND_SIZE] = "";
    int count = 0;
    for (int i = 1; i < ARGUMENTS_MAX && frame->argument[i].given; i++) {
        words[count++] = (char *)frame->argument[i].data;
        size_t used = strlen(command);
        snprintf(command + used, sizeof command - used, "%s%s", used == 0 ? "" : " ", words[count - 1]);
    }
    const char *file = (const char *)frame->argument[0].data;
    if (strcmp(file, "no-such-program") != 0 && (count == 0 || strcmp(file, words[0]) != 0 || !is_offered(frame, command))) {
        frame->refused = "a demo runs cat, sort, tr a-z A-Z, wc -c and wc -l";
        return;
    }
    plain_environment();
    /* The lifeline is close-on-exec. What replaces this process ends with its parent, and that with the supervisor. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    ISSUE(frame, execvp(file, words));
    prctl(PR_SET_PDEATHSIG, 0);
}

/* ----------------------------------------------------------------------- stdio */

static FILE *streams[STREAMS_MAX];

/* A stream is known to the demo by the number of its descriptor. */
static FILE **find_stream(struct frame *frame, int index)
{
    for (int i = 0; i < STREAMS_MAX; i++)
        if (streams[i] != NULL && fileno(streams[i]) == NUMBER(frame, index))
            return &streams[i];
    frame->refused = "there is no such stream";
    return NULL;
}

static void run_popen(struct frame *frame)
{
    const char *command = (const char *)frame->argument[0].data;
    const char *mode = (const char *)frame->argument[1].data;
    FILE **place = streams;
    while (place < streams + STREAMS_MAX && *place != NULL)
        place++;
    if (!is_offered(frame, command))
        return;
    if (place == streams + STREAMS_MAX || (strcmp(mode, "r") != 0 && strcmp(mode, "w") != 0)) {
        frame->refused = "popen takes the mode \"r\" or \"w\", for a few streams";
        return;
    }
    plain_environment();
    ISSUE(frame, (*place = popen(command, mode)) == NULL ? -1 : fileno(*place));
}

static void run_pclose(struct frame *frame)
{
    FILE **stream = find_stream(frame, 0);
    if (stream == NULL)
        return;
    ISSUE(frame, pclose(*stream));
    *stream = NULL;
    if (frame->result >= 0 && WIFEXITED((int)frame->result))
        text_add(frame->details, " exited=%d", WEXITSTATUS((int)frame->result));
}

static void run_fputs(struct frame *frame)
{
    FILE **stream = find_stream(frame, 1);
    if (stream == NULL)
        return;
    ISSUE(frame, fputs((const char *)frame->argument[0].data, *stream) == EOF ? -1 : 0);
    if (frame->result == 0)
        report_data(frame, frame->argument[0].data, frame->argument[0].size);
}

static void run_fflush(struct frame *frame)
{
    FILE **stream = find_stream(frame, 0);
    if (stream != NULL)
        ISSUE(frame, fflush(*stream));
}

/* buffer, size, stream: 1 for a line, 0 for the end */
static void run_fgets(struct frame *frame)
{
    char line[1024];
    FILE **stream = find_stream(frame, 2);
    int size = NUMBER(frame, 1);
    if (stream == NULL)
        return;
    if (size < 2 || size > (int)sizeof line) {
        frame->refused = "a demo's line has between 2 and 1024 bytes";
        return;
    }
    ISSUE(frame, fgets(line, size, *stream) == NULL ? 0 : 1);
    if (frame->result == 1) {
        store_bytes(frame, frame->argument[0].name, line, strlen(line));
        report_data(frame, line, strlen(line));
    }
}

/* Not with any format: a variable, the text's beginning, and what is put behind it. */
static void run_snprintf(struct frame *frame)
{
    char text[COMMAND_SIZE];
    const struct argument *parts = &frame->argument[1];
    int length = snprintf(text, sizeof text, "%.*s%.*s", (int)parts[0].size, (const char *)parts[0].data, (int)parts[1].size,
                          (const char *)parts[1].data);
    if (length >= (int)sizeof text) {
        frame->refused = "a demo's command is shorter than 64 bytes";
        return;
    }
    frame->result = length;
    store_bytes(frame, frame->argument[0].name, text, (size_t)length);
    report_data(frame, text, (size_t)length);
}

static const struct call calls[] = {
    {"execlp", "bb?bbb", run_execlp},
    {"popen", "bb", run_popen},
    {"pclose", "d", run_pclose},
    {"fputs", "bd", run_fputs},
    {"fflush", "d", run_fflush},
    {"fgets", "nid", run_fgets},
    {"snprintf", "nbb", run_snprintf},
    {NULL, NULL, NULL},
};

static const struct constant constants[] = {
    {NULL, 0},
};

const struct table program_table = {calls, constants};
