/* System V message queues. */
#include "call.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>

#include "run.h"

enum { MESSAGE_MAX = 65536 };

/* The structure that msgsnd and msgrcv want: the type, then the text. */
struct message {
    long type;
    char text[];
};

static void run_msgget(struct frame *frame)
{
    key_t key = (key_t)NUMBER(frame, 0);
    int flags = NUMBER(frame, 1);
    if (!key_is_ours(frame, key) || !mode_is_private(frame, flags))
        return;
    ISSUE(frame, msgget(key, flags));
    /* Queues with a key of the run are found by that key; a private one only by its number. */
    if (frame->result >= 0 && key == IPC_PRIVATE)
        ledger_add("msg", frame->result);
}

/* Queues of other programs are not touched. What does not exist is left to the kernel to refuse. */
static bool queue_is_ours(struct frame *frame)
{
    struct msqid_ds state;
    int id = NUMBER(frame, 0);
    if (msgctl(id, IPC_STAT, &state) == -1 || run_has_key(state.msg_perm.__key) || ledger_has("msg", id))
        return true;
    frame->refused = "this queue was not made by the demo";
    return false;
}

/* id, type, text, flags, size: behind the text the message has zeros. */
static void run_msgsnd(struct frame *frame)
{
    const struct argument *text = &frame->argument[2];
    size_t size = frame->argument[4].given ? (size_t)frame->argument[4].number : text->size;
    if (!queue_is_ours(frame))
        return;
    if (size < text->size || size > MESSAGE_MAX) {
        frame->refused = "the size is smaller than the text, or more than 65536";
        return;
    }
    struct message *message = calloc(1, sizeof *message + size + 1);
    if (message == NULL) {
        frame->refused = "there is not enough memory for this message";
        return;
    }
    message->type = (long)frame->argument[1].number;
    memcpy(message->text, text->data, text->size);
    ISSUE(frame, msgsnd(NUMBER(frame, 0), message, size, NUMBER(frame, 3)));
    if (frame->result == 0) {
        text_add(frame->details, " type=%ld size=%zu", message->type, size);
        report_data(frame, text->data, text->size);
    }
    free(message);
}

static void run_msgrcv(struct frame *frame)
{
    long long size = frame->argument[2].number;
    if (!queue_is_ours(frame))
        return;
    struct message *message = size < 0 || size > MESSAGE_MAX ? NULL : malloc(sizeof *message + (size_t)size + 1);
    if (message == NULL) {
        frame->refused = "a demo receives between 0 and 65536 bytes";
        return;
    }
    ISSUE(frame, msgrcv(NUMBER(frame, 0), message, (size_t)size, (long)frame->argument[3].number, NUMBER(frame, 4)));
    if (frame->result >= 0) {
        text_add(frame->details, " type=%ld size=%lld", message->type, frame->result);
        report_data(frame, message->text, (size_t)frame->result);
        store_bytes(frame, frame->argument[1].name, message->text, (size_t)frame->result);
    }
    free(message);
}

/* id, command and, for IPC_SET, the most bytes that the queue shall hold */
static void run_msgctl(struct frame *frame)
{
    int command = NUMBER(frame, 1);
    struct msqid_ds state = {0};
    if (command != IPC_RMID && command != IPC_STAT && command != IPC_SET) {
        frame->refused = "a demo gives msgctl the commands IPC_STAT, IPC_SET and IPC_RMID";
        return;
    }
    if (!queue_is_ours(frame))
        return;
    if (command == IPC_SET && msgctl(NUMBER(frame, 0), IPC_STAT, &state) == 0)
        state.msg_qbytes = (msglen_t)frame->argument[2].number;
    ISSUE(frame, msgctl(NUMBER(frame, 0), command, &state));
    if (frame->result == 0 && command == IPC_STAT)
        text_add(frame->details, " msg_qnum=%lu msg_qbytes=%lu", (unsigned long)state.msg_qnum,
                 (unsigned long)state.msg_qbytes);
}

static const struct call calls[] = {
    {"msgget", "ii", run_msgget},
    {"msgsnd", "ilbi?l", run_msgsnd},
    {"msgrcv", "inlli", run_msgrcv}, /* id, variable, size, type, flags */
    {"msgctl", "ii?l", run_msgctl},
    {NULL, NULL, NULL},
};

static const struct constant constants[] = {
    CONSTANT(IPC_PRIVATE),
    CONSTANT(IPC_CREAT),
    CONSTANT(IPC_EXCL),
    CONSTANT(IPC_NOWAIT),
    CONSTANT(IPC_RMID),
    CONSTANT(IPC_STAT),
    CONSTANT(IPC_SET),
    CONSTANT(MSG_NOERROR),
    CONSTANT(MSG_EXCEPT),
    {NULL, 0},
};

const struct table sysv_msg_table = {calls, constants};
