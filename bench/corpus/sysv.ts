/** System V message queues, semaphores and shared memory. */
import { c, type Template } from './piece';

const sysvQueue: Template = (w) => ({
  includes: ['errno.h', 'stdio.h', 'stdlib.h', 'string.h', 'sys/ipc.h', 'sys/msg.h', 'sys/types.h'],
  entry: `${w.name}_queue`,
  code: c`
enum { ${w.name}_urgent = 1, ${w.name}_usual, ${w.name}_idle };

struct ${w.name}_message {
  long type;
  int number;
  char text[${w.size()}];
};

#define ${w.upper}_SIZE (sizeof(struct ${w.name}_message) - sizeof(long))

static int ${w.name}_put(int queue, long type, int number, const char *text)
{
  struct ${w.name}_message message;
  memset(&message, 0, sizeof message);
  message.type = type;
  message.number = number;
  snprintf(message.text, sizeof message.text, "%s", text);
  while (msgsnd(queue, &message, ${w.slip(`${w.upper}_SIZE`, 'sizeof message')}, ${w.random.pick(['0', 'IPC_NOWAIT'])}) == -1) {
    if (errno != EINTR) {
      perror("msgsnd");
      return -1;
    }
  }
  return 0;
}

static int ${w.name}_take(int queue)
{
  struct ${w.name}_message message;
  int taken = 0;
  for (;;) {
    ssize_t n = msgrcv(queue, &message, ${w.upper}_SIZE, -${w.name}_idle, IPC_NOWAIT);
    if (n == -1) {
      if (errno == ENOMSG)
        break;
      if (errno == EINTR)
        continue;
      perror("msgrcv");
      return -1;
    }
    printf("%ld: %d %.*s\n", message.type, message.number, (int)sizeof message.text, message.text);
    taken++;
  }
  return taken;
}

static int ${w.name}_queue(int argc, char **argv)
{
  struct msqid_ds state;
  key_t key = ftok(argc > 1 ? argv[1] : ".", '${w.random.pick(['a', 'q', 'M', 'x'])}');
  if (key == -1) {
    perror("ftok");
    return 1;
  }
  int queue = msgget(key, ${w.slip('IPC_CREAT | 0600', 'IPC_CREAT')});
  if (${w.failed('queue')}) {
    perror("msgget");
    return 1;
  }
  for (int i = 0; i < ${w.number(3, 30)}; i++)
    if (${w.name}_put(queue, i % 3 + 1, i, i % 2 ? "${w.name}" : "other") == -1)
      break;
  if (msgctl(queue, IPC_STAT, &state) == 0)
    printf("%lu messages wait\n", (unsigned long)state.msg_qnum);
  int taken = ${w.name}_take(queue);
  if (msgctl(queue, IPC_RMID, NULL) == -1)
    perror("msgctl");
  return taken < 0;
}
`,
});

const sysvShared: Template = (w) => ({
  includes: [
    'errno.h',
    'stdio.h',
    'stdlib.h',
    'sys/ipc.h',
    'sys/sem.h',
    'sys/shm.h',
    'sys/stat.h',
    'sys/wait.h',
    'unistd.h',
  ],
  entry: `${w.name}_shared`,
  code: c`
/* A ring in shared memory between a parent and a child, guarded by a set of three semaphores. */
#define ${w.upper}_SLOTS ${w.number(4, 64)}

union ${w.name}_semun {
  int val;
  struct semid_ds *buf;
  unsigned short *array;
};

enum { ${w.name}_free, ${w.name}_used, ${w.name}_guard, ${w.name}_semaphores };

struct ${w.name}_ring {
  unsigned head, tail;
  struct {
    int id;
    double value;
  } slots[${w.upper}_SLOTS];
};

static int ${w.name}_change(int set, unsigned short which, short by)
{
  struct sembuf operation = { .sem_num = which, .sem_op = by, .sem_flg = 0 };
  while (semop(set, &operation, 1) == -1)
    if (errno != EINTR)
      return -1;
  return 0;
}

static int ${w.name}_store(int set, struct ${w.name}_ring *ring, int id, double value)
{
  if (${w.name}_change(set, ${w.name}_free, -1) == -1 || ${w.name}_change(set, ${w.name}_guard, -1) == -1)
    return -1;
  unsigned at = ring->tail++ % ${w.upper}_SLOTS;
  ring->slots[at].id = id;
  ring->slots[at].value = value;
  if (${w.name}_change(set, ${w.name}_guard, 1) == -1)
    return -1;
  return ${w.name}_change(set, ${w.name}_used, 1);
}

static double ${w.name}_load(int set, struct ${w.name}_ring *ring)
{
  double value = 0;
  if (${w.name}_change(set, ${w.name}_used, -1) == -1)
    exit(1);
  ${w.name}_change(set, ${w.name}_guard, -1);
  value = ring->slots[ring->head++ % ${w.upper}_SLOTS].value;
  ${w.name}_change(set, ${w.name}_guard, 1);
  ${w.name}_change(set, ${w.name}_free, 1);
  return value;
}

static int ${w.name}_shared(int argc, char **argv)
{
  int count = argc > 1 ? atoi(argv[1]) : ${w.number(10, 1000)};
  int status = 1;
  int set = -1;
  struct ${w.name}_ring *ring;

  int memory = shmget(IPC_PRIVATE, sizeof *ring, IPC_CREAT | 0600);
  if (memory == -1) {
    perror("shmget");
    return 1;
  }
  ring = shmat(memory, NULL, 0);
  if (ring == ${w.slip('(void *)-1', 'NULL')}) {
    perror("shmat");
    goto out;
  }
  set = semget(IPC_PRIVATE, ${w.name}_semaphores, IPC_CREAT | S_IRUSR | S_IWUSR);
  if (${w.failed('set')}) {
    perror("semget");
    goto out;
  }
  unsigned short initial[${w.name}_semaphores] = { ${w.upper}_SLOTS, 0, 1 };
  ${w.slip(
    `if (semctl(set, 0, SETALL, (union ${w.name}_semun){ .array = initial }) == -1) {
    perror("semctl");
    goto out;
  }`,
    'semctl(set, 0, SETALL, &initial);',
  )}
  ring->head = ring->tail = 0;
  pid_t pid = fork();
  if (pid == -1) {
    perror("fork");
    goto out;
  }
  if (pid == 0) {
    double sum = 0;
    for (int i = 0; i < count; i++)
      sum += ${w.name}_load(set, ring);
    printf("%.3f\n", sum);
    fflush(stdout);
    _exit(0);
  }
  for (int i = 0; i < count; i++)
    if (${w.name}_store(set, ring, i, i / ${w.number(2, 9)}.0) == -1) {
      perror("semop");
      break;
    }
  int ended;
  if (waitpid(pid, &ended, 0) == pid && WIFEXITED(ended))
    status = WEXITSTATUS(ended);
out:
  if (ring != (void *)-1 && shmdt(ring) == -1)
    perror("shmdt");
  if (set != -1)
    semctl(set, 0, IPC_RMID);
  shmctl(memory, IPC_RMID, NULL);
  return status;
}
`,
});

export const sysv: Template[] = [sysvQueue, sysvShared];
