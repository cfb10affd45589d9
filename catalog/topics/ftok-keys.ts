import type { Chapter } from '../schema';

export const ftokKeys: Chapter = {
  topic: {
    id: 'ftok-keys',
    title: 'Keys of System V IPC',
    summary:
      'System V queues, semaphore sets and shared memory segments are named by an integer key. Programs agree on a key, get the identifier of the object from it and use only the identifier from then on.',
    explanation: [
      'A key is the name that two programs agree on; an identifier is what the kernel hands out for the object behind it. `msgget`, `semget` and `shmget` turn a key into an identifier. Any process that knows the identifier can use it in the other calls: nothing is opened and nothing has to be closed.',
      'There are three ways to come by a key. A constant in a header that all the programs include is the simplest and risks that an unrelated program picked the same number. `ftok` derives a key from a file that exists and a small number. `IPC_PRIVATE` asks for a new object that no key leads to; its identifier has to reach the peers in another way, over `fork` most often.',
      '`ftok` on Linux packs the low 8 bits of its number, the low 8 bits of the device and the low 16 bits of the inode into 32 bits. It never looks at the path itself: two links to one file give one key, and a file that was removed and made again gives another key, although its path is the same.',
      'Keys of queues, semaphore sets and segments do not meet: one key can name one object of each kind. Since different files can give the same key, a program that creates an object should use `IPC_CREAT | IPC_EXCL` and be ready for EEXIST.',
      'Objects and keys belong to an IPC namespace, so a container normally sees none of those of its host. `ipcs` lists the objects, and `/proc/sysvipc/msg`, `/proc/sysvipc/sem` and `/proc/sysvipc/shm` show them with their keys.',
    ],
    facilities: ['sysv-msg', 'sysv-sem', 'sysv-shm'],
    pitfalls: [
      'A failed `ftok` returns -1, and -1 is a usable key: programs that do not check all meet on the object with key 0xffffffff.',
      'Only the low 8 bits of the second argument count, so 1 and 257 give the same key; a low byte of zero is undefined by the standard.',
      'Giving `ftok` a file that the program itself removes and makes again changes the key, because the new file usually has another inode.',
      'Two files on different devices can give the same key, so two unrelated programs may end up with one object.',
      'Using `IPC_PRIVATE` in two unrelated programs gives each an object of its own; they never meet.',
      'Creating with `IPC_CREAT` and no permission bits makes an object that only a privileged process can use.',
    ],
    manPages: [
      { page: 'ftok', section: 3 },
      { page: 'sysvipc', section: 7 },
      { page: 'ipc_namespaces', section: 7 },
    ],
    uses: {
      msgget: 'Turns a key into the identifier of a message queue and creates the queue when asked to.',
      semget: 'Turns a key into the identifier of a semaphore set and creates the set when asked to.',
      shmget:
        'Turns a key into the identifier of a shared memory segment and creates the segment when asked to.',
      fork: 'Passes an identifier on: a child knows the variables of its parent, which makes `IPC_PRIVATE` usable between them.',
    },
  },
  calls: [
    {
      name: 'ftok',
      man: { page: 'ftok', section: 3 },
      headers: ['sys/ipc.h'],
      prototype: 'key_t ftok(const char *pathname, int proj_id);',
      standard: 'POSIX',
      summary:
        'Derives a System V IPC key from the identity of an existing file and the low 8 bits of a number.',
      params: [
        {
          name: 'pathname',
          role: 'path of a file that exists, can be reached and stays as long as the key is needed',
          literal: { kind: 'path' },
        },
        {
          name: 'proj_id',
          role: 'number whose low 8 bits tell several keys of one file apart; they must not all be zero',
        },
      ],
      returns: {
        success: 'the key, a value of type key_t that may be negative',
        failure: {
          value: '(key_t) -1',
          reports: 'errno',
          detail: 'Compare with -1: other negative values are good keys.',
        },
      },
      errors: [
        { errno: 'ENOENT', when: 'There is no file at `pathname`.' },
        { errno: 'EACCES', when: 'A directory on the way to the file may not be searched.' },
        { errno: 'ENOTDIR', when: 'A part of `pathname` that should be a directory is something else.' },
        { errno: 'ELOOP', when: 'Too many symbolic links were met on the way to the file.' },
        { errno: 'ENAMETOOLONG', when: '`pathname` or one of its parts is too long.' },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'make-key', kind: 'key', at: 'return', name: 'pathname' }],
      notes: [
        'The file is only looked at, as stat does: its contents and its permissions for reading do not matter.',
        'The key need not be unique: files on two devices can give the same one.',
        'A file that is removed and made again at the same path usually gives another key.',
      ],
    },
  ],
  constants: [
    {
      id: 'ipc-keys',
      title: 'Special keys of msgget, semget and shmget',
      constants: [
        {
          name: 'IPC_PRIVATE',
          header: 'sys/ipc.h',
          value: 0,
          meaning:
            'No key: always make a new object, which only those who are told its identifier can find. It is a key, not a flag.',
        },
      ],
    },
    {
      id: 'ipc-get-flags',
      title: 'Flags of msgget and semget',
      constants: [
        {
          name: 'IPC_CREAT',
          header: 'sys/ipc.h',
          value: 0o1000,
          meaning:
            'Create the object if the key has none yet. The permission bits to give it are joined in with `|`.',
        },
        {
          name: 'IPC_EXCL',
          header: 'sys/ipc.h',
          value: 0o2000,
          meaning: 'With IPC_CREAT: fail with EEXIST if the object is already there. Alone it means nothing.',
        },
      ],
    },
  ],
  types: [
    {
      name: 'key_t',
      header: 'sys/ipc.h',
      meaning:
        'Integer that names a System V IPC object. Programs that want to meet on an object use the same key.',
      size: 4,
    },
    {
      name: 'struct ipc_perm',
      header: 'sys/ipc.h',
      meaning:
        'Ownership and permissions of a System V IPC object, the first member of `struct msqid_ds`, `struct semid_ds` and `struct shmid_ds`. IPC_SET takes over uid, gid and mode from it.',
      size: 48,
      members: [
        { declaration: 'key_t __key', meaning: 'Key given when the object was created.' },
        { declaration: 'uid_t uid', meaning: 'User who owns the object.' },
        { declaration: 'gid_t gid', meaning: 'Group that owns the object.' },
        { declaration: 'uid_t cuid', meaning: 'User who created the object; it never changes.' },
        { declaration: 'gid_t cgid', meaning: 'Group of the creator; it never changes.' },
        {
          declaration: 'mode_t mode',
          meaning:
            'Read and write permission for owner, group and others, in the low 9 bits. Execute bits mean nothing.',
        },
        {
          declaration: 'unsigned short __seq',
          meaning: 'Counter that makes a new identifier differ from that of a removed object.',
        },
      ],
    },
  ],
};
