import type { TaxonomyId } from './schema';

export interface TaxonomyNode {
  id: TaxonomyId;
  title: string;
  parent?: TaxonomyId;
  meaning: string;
}

/** The tree of IPC facilities, parents before children, in the order they are shown. */
export const taxonomy: TaxonomyNode[] = [
  {
    id: 'communication',
    title: 'Communication',
    meaning: 'Moves or shares data between processes.',
  },
  {
    id: 'data-transfer',
    title: 'Data transfer',
    parent: 'communication',
    meaning:
      'One process writes and another reads. The kernel copies the data in and out, a read consumes it, and a reader waits by default while there is nothing to read.',
  },
  {
    id: 'byte-stream',
    title: 'Byte stream',
    parent: 'data-transfer',
    meaning:
      'Bytes without boundaries: a read may return part of one write or the end of one and the start of the next.',
  },
  {
    id: 'message',
    title: 'Message',
    parent: 'data-transfer',
    meaning: 'Each read takes one whole message, exactly as it was written.',
  },
  {
    id: 'pseudoterminal',
    title: 'Pseudoterminal',
    parent: 'data-transfer',
    meaning: 'A pair of devices whose one side looks like a terminal to the program that runs on it.',
  },
  {
    id: 'shared-memory',
    title: 'Shared memory',
    parent: 'communication',
    meaning:
      'Processes see the same pages. A store is visible at once and no system call moves the data, so access must be synchronised by other means.',
  },
  {
    id: 'shared-storage',
    title: 'Shared file',
    parent: 'communication',
    meaning: 'Processes read and write one file of a file system they share.',
  },
  {
    id: 'synchronization',
    title: 'Synchronization',
    meaning: 'Makes one process or thread wait for another.',
  },
  {
    id: 'semaphore',
    title: 'Semaphores',
    parent: 'synchronization',
    meaning: 'A number the kernel or library never lets fall below zero: a decrease that would do so waits.',
  },
  {
    id: 'file-lock',
    title: 'File locks',
    parent: 'synchronization',
    meaning: 'Shared and exclusive locks on a file or on a range of its bytes.',
  },
  {
    id: 'thread-synchronization',
    title: 'Mutexes and condition variables',
    parent: 'synchronization',
    meaning: 'Pthreads primitives, which can also work between processes when they live in shared memory.',
  },
  {
    id: 'event-counter',
    title: 'Event counter',
    parent: 'synchronization',
    meaning: 'A counter behind a file descriptor that can be waited on together with other descriptors.',
  },
  {
    id: 'signals',
    title: 'Signals',
    meaning: 'Short notifications whose number is the message. Realtime signals queue and carry a value.',
  },
];
