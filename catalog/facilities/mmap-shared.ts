import type { Chapter } from '../schema';
import { mmapSharedConstants } from './mmap-shared.constants';
import { memoryLockCalls } from './mmap-shared.locking';

export const mmapShared: Chapter = {
  facility: {
    id: 'mmap-shared',
    title: 'Shared mapping',
    summary:
      'Memory that several processes see at once: the contents of a file, or anonymous memory that a parent shares with its children. Loads and stores take the place of read and write.',
    taxonomy: 'shared-memory',
    identifiedBy:
      'pathname of the mapped file, or nothing: anonymous memory and memory files are inherited or passed on',
    handle: 'address (void *) of the mapping; a file descriptor only while mapping',
    accessibility: {
      scope: 'unrelated',
      detail:
        'A file: any process that may open it, for reading and writing if stores are to be shared. Anonymous memory: only children of fork. A memory file: children, and processes that are sent its descriptor.',
    },
    persistence: {
      kind: 'file-system',
      detail:
        'What is stored in a mapped file is in the file and stays. Anonymous memory and memory files vanish with the last process that uses them. The mapping itself ends with munmap, exec or the process.',
    },
    dataModel: {
      kind: 'memory',
      direction: 'n/a',
      detail:
        'Whole pages of plain memory. With MAP_SHARED a store is visible at once to every process that maps the same pages; with MAP_PRIVATE it is visible to the writer alone.',
    },
    flowControl:
      'None: a reader is not told that something was written. Use a semaphore, or a process-shared mutex and condition variable in the memory, to keep processes apart.',
    limits: [
      {
        name: 'page size',
        usual: '4096 bytes',
        shownAt: 'sysconf(_SC_PAGESIZE)',
        meaning: 'Mappings are whole pages, and the offset in the file is a multiple of it.',
      },
      {
        name: 'max_map_count',
        usual: '65530 mappings',
        shownAt: '/proc/sys/vm/max_map_count',
        meaning:
          'How many mappings a process can have; unmapping or protecting a part of one can make more of them.',
      },
      {
        name: 'RLIMIT_MEMLOCK',
        usual: '8388608 bytes',
        shownAt: 'getrlimit(RLIMIT_MEMLOCK)',
        meaning: 'How much memory a process without CAP_IPC_LOCK may lock.',
      },
      {
        name: 'RLIMIT_AS',
        usual: 'none',
        shownAt: 'getrlimit(RLIMIT_AS)',
        meaning: 'How large the address space of a process may grow.',
      },
    ],
    comparison: [
      {
        to: 'posix-shm',
        difference:
          'A POSIX shared memory object is mapped in the same way but has a name of its own and never touches a disk.',
      },
      {
        to: 'sysv-shm',
        difference:
          'A System V segment has a key and a fixed size; a mapping covers any part of a file and has no object to remove but the file.',
      },
      {
        to: 'shared-file',
        difference:
          'Sharing a file with read and write copies the data by system call and keeps a file offset; a mapping gives direct access without either.',
      },
      {
        to: 'pipe',
        difference:
          'A pipe copies a stream of bytes and makes the reader wait; a mapping copies nothing and synchronises nothing.',
      },
    ],
    pitfalls: [
      'mmap reports failure as MAP_FAILED, which is not NULL: a test against NULL never fires.',
      'MAP_PRIVATE where the other process is meant to see the stores gives each a copy, and neither the peer nor the file ever changes.',
      'Touching a page beyond the end of the file raises SIGBUS: a file has to be made long enough with ftruncate first.',
      'A shared writable mapping needs a descriptor opened O_RDWR; O_WRONLY is not enough and fails with EACCES.',
      'Anonymous memory mapped after fork belongs to one process: map it before.',
      'An offset that is not a multiple of the page size, or a length of 0, fails with EINVAL.',
      'munmap with a shorter length leaves the rest mapped, and with a longer one unmaps what lies behind.',
      '`MAP_SHARED | MAP_PRIVATE` is the value of MAP_SHARED_VALIDATE on Linux, so the mistake goes unnoticed for files and fails with EINVAL for anonymous memory.',
      'A pointer stored in the mapping is wrong in a process that mapped it elsewhere; store offsets from its start.',
      'MAP_FIXED silently replaces whatever was mapped at the address, the heap or a library included.',
    ],
    manPages: [
      { page: 'mmap', section: 2 },
      { page: 'msync', section: 2 },
      { page: 'mprotect', section: 2 },
      { page: 'memfd_create', section: 2 },
    ],
    uses: {
      open: 'Opens the file to map: O_RDWR for a shared writable mapping, O_RDONLY for one that only reads.',
      ftruncate: 'Gives a new file or memory file its length; pages beyond it cannot be touched.',
      fstat: 'Tells the length of the file, which bounds what may be touched.',
      close: 'Gives up the descriptor, which the mapping does not need once it is made.',
      fork: 'The child gets all mappings at the same addresses; MAP_SHARED ones stay shared, MAP_PRIVATE ones are copied as they are written.',
      execve: 'Removes all mappings.',
      fcntl: 'F_ADD_SEALS limits what may still be done to a memory file, and F_GET_SEALS tells the limits.',
      sendmsg: 'Passes the descriptor of a memory file to a process that is no relative.',
      sigaction: 'Installs a handler for SIGBUS, which an access beyond the end of the file raises.',
      sem_init: 'Puts a semaphore in the mapping, with a nonzero `pshared`.',
    },
  },
  calls: [
    {
      name: 'mmap',
      man: { page: 'mmap', section: 2 },
      headers: ['sys/mman.h'],
      prototype: 'void *mmap(void *addr, size_t length, int prot, int flags, int fd, off_t offset);',
      standard: 'POSIX',
      summary: 'Maps a part of a file, or anonymous memory, into the address space of the process.',
      params: [
        { name: 'addr', role: 'NULL to let the kernel choose, or the address wanted', nullable: true },
        { name: 'length', role: 'bytes to map, above 0; whole pages are mapped', literal: { kind: 'size' } },
        {
          name: 'prot',
          role: 'permitted access, which must suit the way `fd` was opened',
          literal: { kind: 'flags', group: 'mmap-prot' },
        },
        {
          name: 'flags',
          role: 'exactly one of MAP_SHARED, MAP_PRIVATE and MAP_SHARED_VALIDATE, joined with further flags',
          literal: { kind: 'flags', group: 'mmap-flags' },
        },
        {
          name: 'fd',
          role: 'descriptor of the file; -1 with MAP_ANONYMOUS',
          literal: { kind: 'descriptor' },
        },
        { name: 'offset', role: 'where to begin in the file, a multiple of the page size' },
      ],
      returns: {
        success: 'the address of the mapping, at the start of a page',
        failure: {
          value: 'MAP_FAILED',
          reports: 'errno',
          detail: 'It is never NULL: a test against NULL misses every failure.',
        },
      },
      errors: [
        {
          errno: 'EACCES',
          when: '`fd` is not open for reading, MAP_SHARED with PROT_WRITE was asked for and it is not open O_RDWR, it is no regular file, or it is append-only.',
        },
        { errno: 'EAGAIN', when: 'The file is locked, or too much memory would be locked.' },
        { errno: 'EBADF', when: '`fd` is not open and MAP_ANONYMOUS was not given.' },
        { errno: 'EEXIST', when: 'MAP_FIXED_NOREPLACE was given and something is mapped there.' },
        {
          errno: 'EINVAL',
          when: '`length` is 0, `offset` or a fixed `addr` is not a multiple of the page size, or neither MAP_SHARED nor MAP_PRIVATE was given.',
        },
        { errno: 'ENFILE', when: 'The whole system has too many open files.' },
        { errno: 'ENODEV', when: 'The file system or device cannot be mapped.' },
        {
          errno: 'ENOMEM',
          when: 'There is not enough memory or address space, or the process has too many mappings.',
        },
        { errno: 'EOPNOTSUPP', when: 'MAP_SHARED_VALIDATE was given with a flag that does not work here.' },
        { errno: 'EOVERFLOW', when: '`offset` and `length` together are too large, on 32-bit systems.' },
        {
          errno: 'EPERM',
          when: 'A seal of a memory file forbids it, PROT_EXEC was asked for on a file system mounted noexec, or huge pages need a privilege.',
        },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [
        {
          op: 'map',
          kind: 'mapping',
          at: 'return',
          from: 'fd',
          size: 'length',
          flags: 'flags',
          when: '!(flags & MAP_ANONYMOUS)',
        },
        {
          op: 'map',
          kind: 'mapping',
          at: 'return',
          size: 'length',
          flags: 'flags',
          when: 'flags & MAP_ANONYMOUS',
        },
      ],
      notes: [
        'The descriptor may be closed at once: the mapping stays.',
        'An access that `prot` forbids raises SIGSEGV; one to a page beyond the end of the file raises SIGBUS.',
        'The rest of the last page, behind the end of the file, reads as zero and is not written to the file.',
        'Whether changes to the file show in a MAP_PRIVATE mapping is not specified.',
      ],
    },
    {
      name: 'munmap',
      man: { page: 'mmap', section: 2 },
      headers: ['sys/mman.h'],
      prototype: 'int munmap(void *addr, size_t length);',
      standard: 'POSIX',
      summary: 'Removes every page of a range from the address space of the process.',
      params: [
        { name: 'addr', role: 'start of the range, a multiple of the page size' },
        {
          name: 'length',
          role: 'bytes to unmap, above 0; the same as given to mmap to remove all of it',
          literal: { kind: 'size' },
        },
      ],
      returns: { success: '0', failure: { value: '-1', reports: 'errno' } },
      errors: [
        { errno: 'EINVAL', when: '`addr` is not at the start of a page, or `length` is 0.' },
        {
          errno: 'ENOMEM',
          when: 'Cutting a hole into a mapping would give the process too many of them.',
        },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'unmap', kind: 'mapping', at: 'addr', size: 'length' }],
      notes: [
        'Any later use of the range raises SIGSEGV.',
        'It is no error if nothing is mapped in the range, so a wrong address can go unnoticed.',
        'Shared changes not yet in the file are not lost; msync with MS_SYNC is needed only to wait for them.',
      ],
    },
    {
      name: 'msync',
      man: { page: 'msync', section: 2 },
      headers: ['sys/mman.h'],
      prototype: 'int msync(void *addr, size_t length, int flags);',
      standard: 'POSIX',
      summary: 'Writes what was changed in a shared mapping of a file to that file.',
      params: [
        { name: 'addr', role: 'start of the range, a multiple of the page size' },
        { name: 'length', role: 'length of the range in bytes', literal: { kind: 'size' } },
        {
          name: 'flags',
          role: 'exactly one of MS_SYNC and MS_ASYNC, and MS_INVALIDATE if wanted',
          literal: { kind: 'flags', group: 'msync-flags' },
        },
      ],
      returns: { success: '0', failure: { value: '-1', reports: 'errno' } },
      errors: [
        { errno: 'EBUSY', when: 'MS_INVALIDATE was given and the range is locked in memory.' },
        {
          errno: 'EINVAL',
          when: '`addr` is not at the start of a page, or `flags` has unknown bits or both MS_SYNC and MS_ASYNC.',
        },
        { errno: 'EIO', when: 'Writing the changes to the device failed.' },
        { errno: 'ENOMEM', when: 'A part of the range is not mapped.' },
      ],
      blocking: {
        blocks: true,
        until: 'the changes are written, if flags has MS_SYNC',
        avoid: 'MS_ASYNC',
        restarted: 'always',
      },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'sync', kind: 'mapping', at: 'addr', size: 'length', flags: 'flags' }],
      notes: [
        'Processes that map the file see each other without msync; it matters for the device, and for readers on systems that do not keep read and mappings in step as Linux does.',
        'For POSIX shared memory and anonymous memory it does nothing.',
      ],
    },
    {
      name: 'mprotect',
      man: { page: 'mprotect', section: 2 },
      headers: ['sys/mman.h'],
      prototype: 'int mprotect(void *addr, size_t len, int prot);',
      standard: 'POSIX',
      summary: 'Changes which kinds of access are permitted to the pages of a range.',
      params: [
        { name: 'addr', role: 'start of the range, a multiple of the page size' },
        { name: 'len', role: 'length of the range in bytes', literal: { kind: 'size' } },
        {
          name: 'prot',
          role: 'access to permit from now on',
          literal: { kind: 'flags', group: 'mmap-prot' },
        },
      ],
      returns: { success: '0', failure: { value: '-1', reports: 'errno' } },
      errors: [
        {
          errno: 'EACCES',
          when: 'The mapping cannot give this access, such as PROT_WRITE on a shared mapping of a file opened O_RDONLY.',
        },
        {
          errno: 'EINVAL',
          when: '`addr` is not at the start of a page, or `prot` has bits that do not go together.',
        },
        {
          errno: 'ENOMEM',
          when: 'A part of the range is not mapped, or the change would give the process too many mappings.',
        },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'configure', at: 'addr', size: 'len', flags: 'prot' }],
      notes: [
        'Only this process is affected: others keep the access they have to the same memory.',
        'The standard promises a result only for memory that came from mmap.',
      ],
    },
    {
      name: 'mremap',
      man: { page: 'mremap', section: 2 },
      headers: ['sys/mman.h'],
      prototype: 'void *mremap(void *old_address, size_t old_size, size_t new_size, int flags, ...);',
      featureTest: '_GNU_SOURCE',
      standard: 'Linux',
      summary: 'Makes a mapping longer or shorter and moves it to another address if it may.',
      params: [
        { name: 'old_address', role: 'start of the mapping, a multiple of the page size' },
        {
          name: 'old_size',
          role: 'its length in bytes; 0 makes a second mapping of the same shared pages',
          literal: { kind: 'size' },
        },
        { name: 'new_size', role: 'the length wanted, above 0', literal: { kind: 'size' } },
        {
          name: 'flags',
          role: '0, or flags that permit to move',
          literal: { kind: 'flags', group: 'mremap-flags' },
        },
        {
          name: 'new_address',
          role: 'address to move to, a multiple of the page size',
          variadic: true,
          requiredWhen: 'when flags has MREMAP_FIXED',
        },
      ],
      returns: {
        success: 'the address of the mapping, perhaps another than before',
        failure: {
          value: 'MAP_FAILED',
          reports: 'errno',
          detail: 'The old mapping is unchanged then.',
        },
      },
      errors: [
        { errno: 'EAGAIN', when: 'The mapping is locked and growing would pass RLIMIT_MEMLOCK.' },
        { errno: 'EFAULT', when: 'The old range is not mapped, or is not one mapping.' },
        {
          errno: 'EINVAL',
          when: 'An address is not at the start of a page, `new_size` is 0, the ranges overlap, or a flag lacks MREMAP_MAYMOVE.',
        },
        {
          errno: 'ENOMEM',
          when: 'There is no room to grow in place and MREMAP_MAYMOVE was not given, or there is not enough memory.',
        },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [
        {
          op: 'unmap',
          kind: 'mapping',
          at: 'old_address',
          size: 'old_size',
          when: 'old_size != 0 && !(flags & MREMAP_DONTUNMAP)',
        },
        {
          op: 'map',
          kind: 'mapping',
          at: 'return',
          from: 'old_address',
          size: 'new_size',
          flags: 'flags',
        },
      ],
      notes: [
        'Once the mapping has moved, every pointer into the old place is invalid.',
        'It does not change the length of the file: pages beyond its end still raise SIGBUS.',
      ],
    },
    {
      name: 'madvise',
      man: { page: 'madvise', section: 2 },
      headers: ['sys/mman.h'],
      prototype: 'int madvise(void *addr, size_t length, int advice);',
      standard: 'BSD',
      summary:
        'Tells the kernel how a range of memory will be used. Most advice only changes the speed; some of it changes the contents or what a child inherits.',
      params: [
        { name: 'addr', role: 'start of the range, a multiple of the page size' },
        { name: 'length', role: 'length of the range in bytes', literal: { kind: 'size' } },
        { name: 'advice', role: 'one kind of advice', literal: { kind: 'one-of', group: 'madvise-advice' } },
      ],
      returns: { success: '0', failure: { value: '-1', reports: 'errno' } },
      errors: [
        { errno: 'EACCES', when: 'MADV_REMOVE on memory that is not mapped shared and writable.' },
        { errno: 'EAGAIN', when: 'The kernel lacked a resource for the moment.' },
        { errno: 'EBADF', when: 'The advice is for mapped files and this memory is something else.' },
        { errno: 'EFAULT', when: 'MADV_POPULATE_READ or _WRITE met a page that would have raised SIGBUS.' },
        {
          errno: 'EINVAL',
          when: '`addr` is not at the start of a page, or the advice is unknown or does not suit this memory.',
        },
        { errno: 'ENOMEM', when: 'A part of the range is not mapped, or there is not enough memory.' },
        { errno: 'EPERM', when: 'MADV_HWPOISON without CAP_SYS_ADMIN.' },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'configure', at: 'addr', size: 'length', flags: 'advice' }],
      notes: ['posix_madvise never changes contents and is the portable call.'],
    },
    {
      name: 'posix_madvise',
      man: { page: 'posix_madvise', section: 3 },
      headers: ['sys/mman.h'],
      prototype: 'int posix_madvise(void *addr, size_t len, int advice);',
      standard: 'POSIX',
      summary: 'Tells the system how a range of memory will be used, without any effect on its contents.',
      params: [
        { name: 'addr', role: 'start of the range, a multiple of the page size' },
        { name: 'len', role: 'length of the range in bytes', literal: { kind: 'size' } },
        {
          name: 'advice',
          role: 'one kind of advice',
          literal: { kind: 'one-of', group: 'posix-madvise-advice' },
        },
      ],
      returns: {
        success: '0',
        failure: { value: 'error-number', reports: 'return-value', detail: '`errno` is not set.' },
      },
      errors: [
        { errno: 'EINVAL', when: '`addr` is not at the start of a page, or the advice is unknown.' },
        { errno: 'ENOMEM', when: 'A part of the range is not mapped.' },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'configure', at: 'addr', size: 'len', flags: 'advice' }],
    },
    ...memoryLockCalls,
    {
      name: 'memfd_create',
      man: { page: 'memfd_create', section: 2 },
      headers: ['sys/mman.h'],
      prototype: 'int memfd_create(const char *name, unsigned int flags);',
      featureTest: '_GNU_SOURCE',
      standard: 'Linux',
      summary:
        'Makes a file in memory that no path leads to and returns a descriptor for it, open for reading and writing.',
      params: [
        {
          name: 'name',
          role: 'label of up to 249 bytes, shown under /proc/PID/fd; it need not be unique and opens nothing',
        },
        {
          name: 'flags',
          role: '0 or flags such as MFD_CLOEXEC',
          literal: { kind: 'flags', group: 'memfd-flags' },
        },
      ],
      returns: { success: 'a file descriptor', failure: { value: '-1', reports: 'errno' } },
      errors: [
        { errno: 'EFAULT', when: '`name` does not point to readable memory.' },
        { errno: 'EINVAL', when: '`name` is too long, or `flags` has unknown bits.' },
        { errno: 'EMFILE', when: 'This process has too many descriptors open.' },
        { errno: 'ENFILE', when: 'The whole system has too many open files.' },
        { errno: 'ENOMEM', when: 'There is not enough memory.' },
        { errno: 'EPERM', when: 'MFD_HUGETLB was given and the process may not use huge pages.' },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'create', kind: 'memfd', at: 'return', flags: 'flags' }],
      notes: [
        'Its length is 0 at first: ftruncate or write gives it contents.',
        'Another process gets it by fork, over a UNIX socket, or by opening /proc/PID/fd/N.',
        'Seals put on it with fcntl let a reader trust that the writer will not shrink or change it.',
      ],
    },
  ],
  constants: mmapSharedConstants,
  types: [],
};
