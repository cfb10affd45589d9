import type { ConstantGroup, TypeInfo } from '../schema';

export const sysvShmConstants: ConstantGroup[] = [
  {
    id: 'shmget-flags',
    title: 'Flags of shmget',
    constants: [
      {
        name: 'IPC_CREAT',
        header: 'sys/ipc.h',
        value: 0o1000,
        meaning:
          'Create the segment if the key has none yet. The permission bits to give it are joined in with `|`.',
      },
      {
        name: 'IPC_EXCL',
        header: 'sys/ipc.h',
        value: 0o2000,
        meaning: 'With IPC_CREAT: fail with EEXIST if the segment is already there. Alone it means nothing.',
      },
      {
        name: 'SHM_HUGETLB',
        header: 'sys/shm.h',
        value: 0o4000,
        meaning:
          'Take huge pages for the segment. The six bits from bit 26 up can hold the base-2 logarithm of their size.',
      },
      {
        name: 'SHM_NORESERVE',
        header: 'sys/shm.h',
        value: 0o10000,
        meaning: 'Reserve no swap space: a later store can fail when memory runs out.',
      },
    ],
  },
  {
    id: 'shm-permissions',
    title: 'Old names for permission bits of a segment',
    constants: [
      { name: 'SHM_R', header: 'sys/shm.h', value: 0o400, meaning: 'The owner may read, the same as 0400.' },
      { name: 'SHM_W', header: 'sys/shm.h', value: 0o200, meaning: 'The owner may write, the same as 0200.' },
    ],
  },
  {
    id: 'shmat-flags',
    title: 'Flags of shmat',
    constants: [
      {
        name: 'SHM_RDONLY',
        header: 'sys/shm.h',
        value: 0o10000,
        meaning:
          'Attach for reading only; a store raises SIGSEGV. Without it the segment is attached for both.',
      },
      {
        name: 'SHM_RND',
        header: 'sys/shm.h',
        value: 0o20000,
        meaning: 'Round `shmaddr` down to a multiple of SHMLBA instead of failing.',
      },
      {
        name: 'SHM_REMAP',
        header: 'sys/shm.h',
        value: 0o40000,
        meaning: 'Linux: replace whatever is mapped at `shmaddr`, which must not be NULL.',
      },
      {
        name: 'SHM_EXEC',
        header: 'sys/shm.h',
        value: 0o100000,
        meaning: 'Linux: allow code in the segment to be executed.',
      },
    ],
  },
  {
    id: 'shmctl-commands',
    title: 'Commands of shmctl',
    constants: [
      {
        name: 'IPC_RMID',
        header: 'sys/ipc.h',
        value: 0,
        meaning: 'Mark the segment for removal: it goes when the last process detaches it.',
      },
      {
        name: 'IPC_SET',
        header: 'sys/ipc.h',
        value: 1,
        meaning: 'Take over the owner, group and mode in shm_perm from `buf`.',
      },
      {
        name: 'IPC_STAT',
        header: 'sys/ipc.h',
        value: 2,
        meaning: 'Copy the settings and counters of the segment to `buf`. Needs read permission.',
      },
      {
        name: 'SHM_LOCK',
        header: 'sys/shm.h',
        value: 11,
        meaning: 'Linux: keep the pages of the segment out of swap once they have been touched.',
      },
      {
        name: 'SHM_UNLOCK',
        header: 'sys/shm.h',
        value: 12,
        meaning: 'Linux: let the segment be swapped out again.',
      },
      {
        name: 'IPC_INFO',
        header: 'sys/ipc.h',
        featureTest: '_GNU_SOURCE',
        value: 3,
        meaning: 'Linux: fill a `struct shminfo` with the limits of the system.',
      },
      {
        name: 'SHM_STAT',
        header: 'sys/shm.h',
        value: 13,
        meaning: 'Linux: like IPC_STAT for an index into the kernel table; returns the identifier.',
      },
      {
        name: 'SHM_INFO',
        header: 'sys/shm.h',
        value: 14,
        meaning: 'Linux: fill a `struct shm_info` with what all segments use now.',
      },
      {
        name: 'SHM_STAT_ANY',
        header: 'sys/shm.h',
        value: 15,
        meaning: 'Linux: like SHM_STAT, without the check for read permission.',
      },
    ],
  },
  {
    id: 'shm-mode-bits',
    title: 'State bits in shm_perm.mode',
    constants: [
      {
        name: 'SHM_DEST',
        header: 'sys/shm.h',
        value: 0o1000,
        meaning: 'The segment is marked for removal and goes with the last detach.',
      },
      {
        name: 'SHM_LOCKED',
        header: 'sys/shm.h',
        value: 0o2000,
        meaning: 'The segment is locked in memory by SHM_LOCK.',
      },
    ],
  },
  {
    id: 'shm-alignment',
    title: 'Alignment of attachments',
    constants: [
      {
        name: 'SHMLBA',
        header: 'sys/shm.h',
        meaning:
          'Multiple that an address given to shmat must have: the page size on x86-64, asked for at run time.',
      },
    ],
  },
];

export const sysvShmTypes: TypeInfo[] = [
  {
    name: 'struct shmid_ds',
    header: 'sys/shm.h',
    meaning: 'Settings and counters of a shared memory segment, for IPC_STAT and IPC_SET.',
    size: 112,
    members: [
      {
        declaration: 'struct ipc_perm shm_perm',
        meaning: 'Owner, group, permissions and the state bits SHM_DEST and SHM_LOCKED.',
      },
      { declaration: 'size_t shm_segsz', meaning: 'Size in bytes, as it was asked for.' },
      { declaration: 'time_t shm_atime', meaning: 'Time of the last attach; 0 if there was none.' },
      { declaration: 'time_t shm_dtime', meaning: 'Time of the last detach; 0 if there was none.' },
      {
        declaration: 'time_t shm_ctime',
        meaning: 'Time the segment was created or last changed by IPC_SET.',
      },
      { declaration: 'pid_t shm_cpid', meaning: 'Process that created the segment.' },
      { declaration: 'pid_t shm_lpid', meaning: 'Process that last attached or detached it.' },
      { declaration: 'shmatt_t shm_nattch', meaning: 'Attachments there are now.' },
    ],
  },
  {
    name: 'shmatt_t',
    header: 'sys/shm.h',
    meaning: 'Unsigned integer that counts attachments.',
    size: 8,
  },
  {
    name: 'struct shminfo',
    header: 'sys/shm.h',
    meaning: 'Limits of shared memory, filled by shmctl with IPC_INFO.',
    size: 72,
    members: [
      { declaration: 'unsigned long shmmax', meaning: 'Largest segment in bytes.' },
      { declaration: 'unsigned long shmmin', meaning: 'Smallest segment in bytes, always 1.' },
      { declaration: 'unsigned long shmmni', meaning: 'Most segments there can be.' },
      { declaration: 'unsigned long shmseg', meaning: 'Segments per process; Linux does not limit them.' },
      { declaration: 'unsigned long shmall', meaning: 'Most pages of all segments together.' },
    ],
  },
  {
    name: 'struct shm_info',
    header: 'sys/shm.h',
    meaning: 'What all segments use now, filled by shmctl with SHM_INFO.',
    size: 48,
    members: [
      { declaration: 'int used_ids', meaning: 'Segments there are now.' },
      { declaration: 'unsigned long shm_tot', meaning: 'Pages of all segments.' },
      { declaration: 'unsigned long shm_rss', meaning: 'Pages of them in memory.' },
      { declaration: 'unsigned long shm_swp', meaning: 'Pages of them in swap space.' },
      { declaration: 'unsigned long swap_attempts', meaning: 'Not used by Linux.' },
      { declaration: 'unsigned long swap_successes', meaning: 'Not used by Linux.' },
    ],
  },
];
