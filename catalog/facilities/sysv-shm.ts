import type { Chapter } from '../schema';
import { sysvShmConstants, sysvShmTypes } from './sysv-shm.constants';

export const sysvShm: Chapter = {
  facility: {
    id: 'sysv-shm',
    title: 'System V shared memory',
    summary:
      'A segment of memory in the kernel that processes attach to their address space. All who attach it see the same bytes, and no system call moves the data.',
    taxonomy: 'shared-memory',
    identifiedBy: 'integer key (key_t), which shmget turns into an identifier',
    handle: 'identifier (int) for the segment, address (void *) for each attachment',
    accessibility: {
      scope: 'unrelated',
      detail:
        'Any process of the same IPC namespace. Attaching needs read permission, and write permission too unless SHM_RDONLY is given, checked against the owner, group and mode of the segment.',
    },
    persistence: {
      kind: 'kernel',
      detail:
        'The segment and its contents stay until it is marked for removal with IPC_RMID and the last process has detached it. Attachments end with the process or at exec.',
    },
    dataModel: {
      kind: 'memory',
      direction: 'n/a',
      detail:
        'Plain memory of a size fixed at creation, filled with zero bytes and rounded up to whole pages. It may sit at another address in each process.',
    },
    flowControl:
      'None: a reader is not told that something was written. Use a semaphore, or a process-shared mutex and condition variable in the segment, to keep processes apart.',
    limits: [
      {
        name: 'shmmax',
        usual: '18446744073692774399 bytes, in effect none',
        shownAt: '/proc/sys/kernel/shmmax',
        meaning: 'The largest segment.',
      },
      {
        name: 'shmall',
        usual: '18446744073692774399 pages, in effect none',
        shownAt: '/proc/sys/kernel/shmall',
        meaning: 'The pages that all segments together may have.',
      },
      {
        name: 'shmmni',
        usual: '4096 segments',
        shownAt: '/proc/sys/kernel/shmmni',
        meaning: 'How many segments an IPC namespace can have.',
      },
      {
        name: 'SHMMIN',
        usual: '1 byte',
        meaning: 'The smallest size to ask for; in memory it takes a whole page.',
      },
      {
        name: 'SHMLBA',
        usual: '4096 bytes (one page)',
        shownAt: '<sys/shm.h>',
        meaning:
          'An address chosen by the program must be a multiple of this, or is rounded down to one with SHM_RND.',
      },
    ],
    comparison: [
      {
        to: 'posix-shm',
        difference:
          'POSIX shared memory has a name and a file descriptor, can be resized and appears under /dev/shm; a segment has a key and a fixed size, and the kernel counts who is attached.',
      },
      {
        to: 'mmap-shared',
        difference:
          'A shared mapping of a file keeps its contents in that file; a segment lives in memory and is gone after a restart of the system.',
      },
      {
        to: 'sysv-msg',
        difference:
          'A message queue copies each message in and out and makes the reader wait for it; shared memory copies nothing and synchronises nothing.',
      },
    ],
    pitfalls: [
      'shmat reports failure as `(void *) -1`: a test against NULL never fires and the program writes to an address that does not exist.',
      'Reading what another process is writing, without a semaphore or an atomic between, gives torn or stale data.',
      'A pointer stored in the segment is wrong in a process that attached it elsewhere; store offsets from its start.',
      'A segment that nobody removes stays in memory after all its programs have ended, and counts against shmmni.',
      'Asking for more bytes than an existing segment has fails with EINVAL, often because an older build left a smaller one behind.',
      'Writing through an attachment made with SHM_RDONLY kills the process with SIGSEGV.',
      'IPC_RMID only marks the segment while it is attached somewhere; once it is marked, its key finds it no longer and a new shmget makes another segment.',
      'Removing the segment before the peers have attached it leaves them nothing to find.',
    ],
    manPages: [
      { page: 'sysvipc', section: 7 },
      { page: 'shmget', section: 2 },
      { page: 'shmop', section: 2 },
      { page: 'shmctl', section: 2 },
    ],
    uses: {
      ftok: 'Makes a key that unrelated programs can agree on from a file and a number.',
      fork: 'The child inherits every attachment at the same address, and each counts in `shm_nattch`.',
      execve: 'Detaches all segments; the new program has to attach again.',
      semget: 'Makes the semaphores that usually guard the segment.',
      semop: 'Takes and gives back the semaphore that guards the segment.',
    },
  },
  calls: [
    {
      name: 'shmget',
      man: { page: 'shmget', section: 2 },
      headers: ['sys/shm.h'],
      prototype: 'int shmget(key_t key, size_t size, int shmflg);',
      standard: 'POSIX',
      summary:
        'Finds the shared memory segment of a key, or creates it filled with zero bytes, and returns its identifier.',
      params: [
        {
          name: 'key',
          role: 'key of the segment, or IPC_PRIVATE for a new one without key',
          literal: { kind: 'one-of', group: 'ipc-keys' },
        },
        {
          name: 'size',
          role: 'size in bytes, above 0 when creating; else at most that of the segment, and 0 will do',
          literal: { kind: 'size' },
        },
        {
          name: 'shmflg',
          role: 'IPC_CREAT, IPC_EXCL and SHM_ flags, joined with the permission bits of a new segment',
          literal: { kind: 'flags', group: 'shmget-flags', withMode: true },
        },
      ],
      returns: {
        success: 'the identifier of the segment, zero or positive',
        failure: { value: '-1', reports: 'errno' },
      },
      errors: [
        {
          errno: 'EACCES',
          when: 'The segment exists, and its mode does not give this process the permissions asked for in `shmflg`.',
        },
        {
          errno: 'EEXIST',
          when: 'IPC_CREAT and IPC_EXCL were given and the key has a segment already: another process was first.',
        },
        {
          errno: 'EINVAL',
          when: 'A new segment with size 0 or above shmmax, or an existing segment smaller than `size`.',
        },
        { errno: 'ENFILE', when: 'The whole system has too many open files.' },
        { errno: 'ENOENT', when: 'The key has no segment and IPC_CREAT was not given.' },
        { errno: 'ENOMEM', when: 'There is no memory to manage a new segment, or too few huge pages.' },
        {
          errno: 'ENOSPC',
          when: 'There are as many segments as shmmni permits, often left over from programs that ended, or the total would pass shmall.',
        },
        {
          errno: 'EPERM',
          when: 'SHM_HUGETLB was given without CAP_IPC_LOCK and outside the group in `/proc/sys/vm/hugetlb_shm_group`.',
        },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [
        {
          op: 'create',
          kind: 'sysv-shm',
          at: 'return',
          name: 'key',
          flags: 'shmflg',
          mode: 'shmflg',
          size: 'size',
          when: 'key == IPC_PRIVATE || (shmflg & IPC_CREAT)',
        },
        {
          op: 'open',
          kind: 'sysv-shm',
          at: 'return',
          name: 'key',
          flags: 'shmflg',
          size: 'size',
          when: 'key != IPC_PRIVATE && !(shmflg & IPC_CREAT)',
        },
      ],
      notes: [
        '0 is a valid identifier, so test for -1 and not for zero.',
        'The umask plays no part: the segment gets exactly the permission bits in `shmflg`.',
        'The memory takes whole pages, but `shm_segsz` keeps the size that was asked for.',
      ],
    },
    {
      name: 'shmat',
      man: { page: 'shmop', section: 2 },
      headers: ['sys/shm.h'],
      prototype: 'void *shmat(int shmid, const void *shmaddr, int shmflg);',
      standard: 'POSIX',
      summary: 'Attaches a segment to the address space of the process and returns where it begins.',
      params: [
        { name: 'shmid', role: 'identifier of the segment' },
        {
          name: 'shmaddr',
          role: 'NULL to let the kernel choose the address (the portable way), or the address wanted',
          nullable: true,
        },
        {
          name: 'shmflg',
          role: '0 for reading and writing, or flags such as SHM_RDONLY',
          literal: { kind: 'flags', group: 'shmat-flags' },
        },
      ],
      returns: {
        success: 'the address where the segment begins in this process',
        failure: {
          value: '(void *) -1',
          reports: 'errno',
          detail: 'It is never NULL: a test against NULL misses every failure.',
        },
      },
      errors: [
        {
          errno: 'EACCES',
          when: 'The mode of the segment does not permit this process to read it, or to write it where SHM_RDONLY was not given.',
        },
        { errno: 'EIDRM', when: 'The segment was removed.' },
        {
          errno: 'EINVAL',
          when: 'There is no such segment, `shmaddr` is not aligned, other memory is in the way there, or SHM_REMAP came with NULL.',
        },
        {
          errno: 'ENOMEM',
          when: 'There is no memory for the page tables, or the process has too many mappings.',
        },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'map', kind: 'sysv-attachment', at: 'return', from: 'shmid', flags: 'shmflg' }],
      notes: [
        'A segment can be attached more than once in a process; each attachment has its own address and needs its own shmdt.',
        'Children of fork inherit the attachment; exec and the end of the process undo it.',
        'Linux also attaches a segment that is marked for removal and still attached elsewhere; other systems refuse.',
      ],
    },
    {
      name: 'shmdt',
      man: { page: 'shmop', section: 2 },
      headers: ['sys/shm.h'],
      prototype: 'int shmdt(const void *shmaddr);',
      standard: 'POSIX',
      summary: 'Detaches a segment from the address space of the process. The segment itself stays.',
      params: [{ name: 'shmaddr', role: 'address that shmat returned, exactly' }],
      returns: { success: '0', failure: { value: '-1', reports: 'errno' } },
      errors: [{ errno: 'EINVAL', when: 'No segment is attached with its beginning at `shmaddr`.' }],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'unmap', kind: 'sysv-attachment', at: 'shmaddr' }],
      notes: [
        'Any later use of the memory raises SIGSEGV.',
        'If the segment is marked for removal and this was the last attachment, it is destroyed.',
      ],
    },
    {
      name: 'shmctl',
      man: { page: 'shmctl', section: 2 },
      headers: ['sys/shm.h'],
      prototype: 'int shmctl(int shmid, int cmd, struct shmid_ds *buf);',
      standard: 'POSIX',
      summary: 'Reads or changes the settings of a segment, marks it for removal, or locks it in memory.',
      params: [
        {
          name: 'shmid',
          role: 'identifier of the segment; an index into a kernel table for SHM_STAT and SHM_STAT_ANY',
        },
        { name: 'cmd', role: 'what to do', literal: { kind: 'one-of', group: 'shmctl-commands' } },
        {
          name: 'buf',
          role: 'structure that is filled or taken from; not used by IPC_RMID, SHM_LOCK and SHM_UNLOCK, of another type and cast for IPC_INFO and SHM_INFO',
          nullable: true,
        },
      ],
      returns: {
        success:
          '0; the highest used index for IPC_INFO and SHM_INFO, the identifier for SHM_STAT and SHM_STAT_ANY',
        failure: { value: '-1', reports: 'errno' },
      },
      errors: [
        { errno: 'EACCES', when: 'IPC_STAT or SHM_STAT needs read permission, which this process lacks.' },
        {
          errno: 'EFAULT',
          when: '`buf` does not point to memory that can be used, such as NULL with IPC_STAT.',
        },
        { errno: 'EIDRM', when: 'The segment was removed.' },
        {
          errno: 'EINVAL',
          when: 'The command is unknown, there is no such segment, or the slot that SHM_STAT asks for is empty.',
        },
        { errno: 'ENOMEM', when: 'SHM_LOCK would lock more than RLIMIT_MEMLOCK permits.' },
        {
          errno: 'EPERM',
          when: 'IPC_SET, IPC_RMID or locking by a user who neither owns nor created the segment and has no privilege for it.',
        },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [
        { op: 'remove', kind: 'sysv-shm', at: 'shmid', when: 'cmd == IPC_RMID' },
        { op: 'query', kind: 'sysv-shm', at: 'shmid', data: 'buf', when: 'cmd == IPC_STAT' },
        { op: 'configure', kind: 'sysv-shm', at: 'shmid', data: 'buf', when: 'cmd == IPC_SET' },
        { op: 'configure', kind: 'sysv-shm', at: 'shmid', when: 'cmd == SHM_LOCK || cmd == SHM_UNLOCK' },
        {
          op: 'query',
          at: 'shmid',
          data: 'buf',
          when: 'cmd == IPC_INFO || cmd == SHM_INFO || cmd == SHM_STAT || cmd == SHM_STAT_ANY',
        },
      ],
      notes: [
        'IPC_RMID right after every peer has attached is the usual way to be sure that nothing is left behind: the memory goes with the last detach.',
        'With `/proc/sys/kernel/shm_rmid_forced` set to 1 a segment is destroyed as soon as nobody is attached, without any IPC_RMID.',
      ],
    },
  ],
  constants: sysvShmConstants,
  types: sysvShmTypes,
};
