import type { Chapter } from '../schema';

export const posixShm: Chapter = {
  facility: {
    id: 'posix-shm',
    title: 'POSIX shared memory',
    summary:
      'A named object in memory that processes open like a file and map into their address spaces. All who map it see the same bytes, and no file on a disk is involved.',
    taxonomy: 'shared-memory',
    identifiedBy: 'name such as `/board`: a slash and up to 255 bytes without another slash',
    handle: 'file descriptor for the object, address (void *) for each mapping',
    accessibility: {
      scope: 'unrelated',
      detail:
        'Any process that sees the same /dev/shm and knows the name. Owner, group and mode decide when the object is opened, as for a file; the open mode then limits what a mapping may do.',
    },
    persistence: {
      kind: 'kernel',
      detail:
        'The object and its contents stay until shm_unlink has removed the name and the last descriptor and mapping are gone, or until the system goes down.',
    },
    dataModel: {
      kind: 'memory',
      direction: 'n/a',
      detail:
        'Plain memory, empty at first and given a size by ftruncate, which fills it with zero bytes. It may sit at another address in each process.',
    },
    flowControl:
      'None: a reader is not told that something was written. Use a semaphore, or a process-shared mutex and condition variable in the memory, to keep processes apart.',
    limits: [
      {
        name: 'NAME_MAX',
        usual: '255 bytes after the slash',
        shownAt: '<limits.h>',
        meaning: 'The longest name.',
      },
      {
        name: 'size of /dev/shm',
        usual: 'half of the memory; 64 MiB in many containers',
        shownAt: 'df /dev/shm',
        meaning:
          'What all objects and named semaphores together may hold. Touching a page beyond it raises SIGBUS, since ftruncate reserves nothing.',
      },
      {
        name: 'page size',
        usual: '4096 bytes',
        shownAt: 'sysconf(_SC_PAGESIZE)',
        meaning: 'Memory is mapped in whole pages; the offset given to mmap is a multiple of it.',
      },
    ],
    comparison: [
      {
        to: 'sysv-shm',
        difference:
          'A System V segment has a key and a fixed size and knows how many are attached; a POSIX object has a name, a descriptor and a size that can change.',
      },
      {
        to: 'mmap-shared',
        difference:
          'A shared mapping of an ordinary file works the same way and keeps its contents on disk; an anonymous one needs no name but reaches only children.',
      },
      {
        to: 'posix-mq',
        difference:
          'A queue hands over copies of messages and makes the reader wait for them; shared memory copies nothing and synchronises nothing.',
      },
    ],
    pitfalls: [
      'A new object has size 0: mapping it works, but the first access raises SIGBUS until ftruncate gives it a size.',
      'A process that opens the object before its creator has called ftruncate finds it with size 0, so it has to look at the size first.',
      'O_WRONLY is not permitted by the standard: Linux opens the object, and mmap then fails with EACCES because it has to be able to read.',
      'PROT_WRITE together with MAP_SHARED on an object opened O_RDONLY fails with EACCES.',
      'MAP_PRIVATE instead of MAP_SHARED gives each process a copy of its own that no other ever sees.',
      'Reading what another process is writing, without a semaphore or an atomic between, gives torn or stale data.',
      'A pointer stored in the memory is wrong in a process that mapped it elsewhere; store offsets from its start.',
      'A program that ends without shm_unlink leaves the object in /dev/shm, where it goes on using memory.',
      'When /dev/shm is full, which is soon in a container, ftruncate still succeeds and the store into a new page raises SIGBUS.',
    ],
    manPages: [
      { page: 'shm_overview', section: 7 },
      { page: 'shm_open', section: 3 },
    ],
    uses: {
      ftruncate:
        'Gives the object its size. A new object has size 0 and cannot be used before; what is added is filled with zero bytes.',
      mmap: 'Maps the object into memory, with MAP_SHARED. The descriptor may be closed afterwards.',
      munmap: 'Takes the mapping out of the address space. The object stays.',
      close: 'Gives up the descriptor; mappings made through it stay.',
      fstat:
        'Tells the size in `st_size`, by which a late comer sees whether the creator has called ftruncate.',
      fchmod: 'Changes the permissions of the object.',
      fchown: 'Changes the owner of the object.',
      fork: 'The child inherits descriptors and mappings, at the same addresses.',
      execve: 'Removes the mappings and closes the descriptor, since shm_open sets close-on-exec.',
      umask: 'Takes permission bits away from the mode given to shm_open.',
    },
  },
  calls: [
    {
      name: 'shm_open',
      man: { page: 'shm_open', section: 3 },
      headers: ['sys/mman.h', 'sys/stat.h', 'fcntl.h'],
      prototype: 'int shm_open(const char *name, int oflag, mode_t mode);',
      standard: 'POSIX',
      summary:
        'Opens a shared memory object by name and, with `O_CREAT`, creates it with size 0 if it is not there.',
      params: [
        {
          name: 'name',
          role: 'name of the object, with a leading slash and no other',
          literal: { kind: 'object-name', max: 255 },
        },
        {
          name: 'oflag',
          role: 'O_RDONLY or O_RDWR, joined with further flags',
          literal: { kind: 'flags', group: 'shm-open-flags' },
        },
        {
          name: 'mode',
          role: 'permissions of a new object, less the bits in the umask; always passed, and 0 will do without O_CREAT',
          literal: { kind: 'mode' },
        },
      ],
      returns: {
        success: 'a file descriptor, the lowest that is free',
        failure: { value: '-1', reports: 'errno' },
      },
      errors: [
        {
          errno: 'EACCES',
          when: 'The object exists and does not permit this access, or O_TRUNC was given without permission to write.',
        },
        { errno: 'EEXIST', when: 'O_CREAT and O_EXCL were given and the object is there already.' },
        { errno: 'EINVAL', when: '`name` is empty, only a slash, or has another slash inside.' },
        { errno: 'EMFILE', when: 'This process has too many descriptors open.' },
        { errno: 'ENAMETOOLONG', when: '`name` has more than 255 bytes after the slash.' },
        { errno: 'ENFILE', when: 'The whole system has too many open files.' },
        { errno: 'ENOENT', when: 'There is no such object and O_CREAT was not given.' },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: 'Another thread must not change the locale with setlocale at the same time.',
      effects: [
        {
          op: 'create',
          kind: 'posix-shm',
          at: 'return',
          name: 'name',
          flags: 'oflag',
          mode: 'mode',
          when: 'oflag & O_CREAT',
        },
        {
          op: 'open',
          kind: 'posix-shm',
          at: 'return',
          name: 'name',
          flags: 'oflag',
          when: '!(oflag & O_CREAT)',
        },
        { op: 'resize', kind: 'posix-shm', at: 'return', when: 'oflag & O_TRUNC' },
      ],
      notes: [
        'Close-on-exec is set on the descriptor.',
        'glibc also takes a name without the leading slash; portable programs give one.',
        'On Linux the object is the file of that name in /dev/shm.',
        'Before glibc 2.34 the program has to be linked with -lrt.',
      ],
    },
    {
      name: 'shm_unlink',
      man: { page: 'shm_open', section: 3 },
      headers: ['sys/mman.h'],
      prototype: 'int shm_unlink(const char *name);',
      standard: 'POSIX',
      summary:
        'Removes the name of a shared memory object. The memory goes when the last mapping and descriptor are gone.',
      params: [
        {
          name: 'name',
          role: 'name of the object, with a leading slash and no other',
          literal: { kind: 'object-name', max: 255 },
        },
      ],
      returns: { success: '0', failure: { value: '-1', reports: 'errno' } },
      errors: [
        { errno: 'EACCES', when: 'This process may not remove the object.' },
        { errno: 'EINVAL', when: '`name` is empty, only a slash, or has another slash inside.' },
        { errno: 'ENAMETOOLONG', when: '`name` has more than 255 bytes after the slash.' },
        {
          errno: 'ENOENT',
          when: 'There is no object of this name, which clean-up code can take for success.',
        },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: 'Another thread must not change the locale with setlocale at the same time.',
      effects: [{ op: 'remove', kind: 'posix-shm', at: 'name', name: 'name' }],
      notes: [
        'Processes that have it mapped go on using it; a new shm_open finds nothing or makes another object.',
      ],
    },
  ],
  constants: [
    {
      id: 'shm-open-flags',
      title: 'Flags of shm_open',
      constants: [
        {
          name: 'O_RDONLY',
          header: 'fcntl.h',
          value: 0,
          mask: 3,
          meaning: 'Open for reading: it can be mapped shared with PROT_READ only.',
        },
        {
          name: 'O_RDWR',
          header: 'fcntl.h',
          value: 2,
          mask: 3,
          meaning: 'Open for reading and writing, as ftruncate and a writable shared mapping need.',
        },
        {
          name: 'O_CREAT',
          header: 'fcntl.h',
          value: 0o100,
          meaning: 'Create the object, with size 0, if it is not there.',
        },
        {
          name: 'O_EXCL',
          header: 'fcntl.h',
          value: 0o200,
          meaning: 'With O_CREAT: fail with EEXIST if the object is already there.',
        },
        {
          name: 'O_TRUNC',
          header: 'fcntl.h',
          value: 0o1000,
          meaning: 'Cut an existing object to size 0, under the feet of those who have it mapped.',
        },
      ],
    },
  ],
  types: [],
};
