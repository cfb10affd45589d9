import type { Chapter } from '../schema';

export const descriptorTransferFamily: Chapter = {
  family: { id: 'descriptor-transfer', title: 'Moving data inside the kernel' },
  calls: [
    {
      name: 'splice',
      man: { page: 'splice', section: 2 },
      headers: ['fcntl.h'],
      prototype:
        'ssize_t splice(int fd_in, off64_t *off_in, int fd_out, off64_t *off_out, size_t len, unsigned int flags);',
      featureTest: '_GNU_SOURCE',
      standard: 'Linux',
      summary:
        'Moves bytes from one descriptor to another without copying them through the program. One of the two must be a pipe.',
      params: [
        { name: 'fd_in', role: 'descriptor to take from', literal: { kind: 'descriptor' } },
        {
          name: 'off_in',
          role: 'place in a seekable input, advanced by the call; NULL uses the file offset',
          nullable: true,
        },
        { name: 'fd_out', role: 'descriptor to give to', literal: { kind: 'descriptor' } },
        {
          name: 'off_out',
          role: 'place in a seekable output, advanced by the call; NULL uses the file offset',
          nullable: true,
        },
        { name: 'len', role: 'how many bytes at most', literal: { kind: 'size' } },
        { name: 'flags', role: '0 or flags', literal: { kind: 'flags', group: 'splice-flags' } },
      ],
      returns: {
        success: 'the number of bytes moved; 0 means end of input',
        failure: { value: '-1', reports: 'errno' },
      },
      errors: [
        { errno: 'EAGAIN', when: 'SPLICE_F_NONBLOCK or O_NONBLOCK is set and the call would have to wait.' },
        { errno: 'EBADF', when: 'A descriptor is not open, or not in the needed direction.' },
        {
          errno: 'EINVAL',
          when: 'Neither is a pipe, both are the same pipe, the output is in append mode, or the file system cannot do it.',
        },
        { errno: 'ESPIPE', when: 'An offset is given for a pipe.' },
        { errno: 'EPIPE', when: 'The output has no reader any more; SIGPIPE was raised too.' },
      ],
      blocking: {
        blocks: true,
        until: 'the input has data and the output has room',
        avoid: 'SPLICE_F_NONBLOCK (EAGAIN)',
        restarted: 'with SA_RESTART',
      },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [
        { op: 'read', at: 'fd_in', size: 'len', flags: 'flags' },
        { op: 'write', at: 'fd_out', size: 'len', flags: 'flags' },
      ],
    },
    {
      name: 'tee',
      man: { page: 'tee', section: 2 },
      headers: ['fcntl.h'],
      prototype: 'ssize_t tee(int fd_in, int fd_out, size_t len, unsigned int flags);',
      featureTest: '_GNU_SOURCE',
      standard: 'Linux',
      summary:
        'Copies what waits in one pipe into another and leaves it in the first, so that it can be read again.',
      params: [
        { name: 'fd_in', role: 'read end of the source pipe', literal: { kind: 'descriptor' } },
        { name: 'fd_out', role: 'write end of another pipe', literal: { kind: 'descriptor' } },
        { name: 'len', role: 'how many bytes at most', literal: { kind: 'size' } },
        { name: 'flags', role: '0 or flags', literal: { kind: 'flags', group: 'splice-flags' } },
      ],
      returns: {
        success: 'the number of bytes copied; 0 means that the source is empty and has no writer',
        failure: { value: '-1', reports: 'errno' },
      },
      errors: [
        { errno: 'EAGAIN', when: 'SPLICE_F_NONBLOCK or O_NONBLOCK is set and the call would have to wait.' },
        { errno: 'EINVAL', when: 'One of them is no pipe, or both are the same pipe.' },
        { errno: 'ENOMEM', when: 'There is not enough kernel memory.' },
      ],
      blocking: {
        blocks: true,
        until: 'the source has data and the target has room',
        avoid: 'SPLICE_F_NONBLOCK (EAGAIN)',
        restarted: 'with SA_RESTART',
      },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [
        { op: 'query', at: 'fd_in', size: 'len', flags: 'flags' },
        { op: 'write', at: 'fd_out', size: 'len', flags: 'flags' },
      ],
      notes: ['Nothing is consumed: use splice or read on the source afterwards to get past the data.'],
    },
    {
      name: 'vmsplice',
      man: { page: 'vmsplice', section: 2 },
      headers: ['fcntl.h'],
      prototype: 'ssize_t vmsplice(int fd, const struct iovec *iov, size_t nr_segs, unsigned int flags);',
      featureTest: '_GNU_SOURCE',
      standard: 'Linux',
      summary: 'Maps pages of the program into a pipe instead of copying them.',
      params: [
        { name: 'fd', role: 'an end of a pipe', literal: { kind: 'descriptor' } },
        { name: 'iov', role: 'array of memory ranges' },
        { name: 'nr_segs', role: 'how many ranges' },
        { name: 'flags', role: '0 or flags', literal: { kind: 'flags', group: 'splice-flags' } },
      ],
      returns: { success: 'the number of bytes handed over', failure: { value: '-1', reports: 'errno' } },
      errors: [
        { errno: 'EAGAIN', when: 'SPLICE_F_NONBLOCK is given and the call would have to wait.' },
        { errno: 'EBADF', when: 'The descriptor is not open or is no pipe.' },
        {
          errno: 'EINVAL',
          when: 'There are too many ranges, or SPLICE_F_GIFT is given for unaligned memory.',
        },
        { errno: 'ENOMEM', when: 'There is not enough kernel memory.' },
      ],
      blocking: {
        blocks: true,
        until: 'the pipe has room',
        avoid: 'SPLICE_F_NONBLOCK (EAGAIN)',
        restarted: 'with SA_RESTART',
      },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'write', at: 'fd', data: 'iov', flags: 'flags' }],
      notes: [
        'The reader sees later changes of the memory until it has read: leave the pages alone until then.',
      ],
    },
    {
      name: 'sendfile',
      man: { page: 'sendfile', section: 2 },
      headers: ['sys/sendfile.h'],
      prototype: 'ssize_t sendfile(int out_fd, int in_fd, off_t *offset, size_t count);',
      standard: 'Linux',
      summary: 'Copies bytes of a file to another descriptor, a socket for example, inside the kernel.',
      params: [
        { name: 'out_fd', role: 'descriptor to write to', literal: { kind: 'descriptor' } },
        { name: 'in_fd', role: 'file to read: one that mmap could map', literal: { kind: 'descriptor' } },
        {
          name: 'offset',
          role: 'place in the file, advanced by the call; NULL uses and moves the file offset',
          nullable: true,
        },
        { name: 'count', role: 'how many bytes at most', literal: { kind: 'size' } },
      ],
      returns: {
        success: 'the number of bytes written, which may be less than `count`',
        failure: { value: '-1', reports: 'errno' },
      },
      errors: [
        { errno: 'EAGAIN', when: 'The output is non-blocking and has no room now.' },
        { errno: 'EBADF', when: 'A descriptor is not open in the needed direction.' },
        {
          errno: 'EINVAL',
          when: 'The input cannot be used this way, a socket for example, or the output is in append mode: fall back to read and write.',
        },
        { errno: 'ENOMEM', when: 'There is not enough memory to read the input.' },
        { errno: 'ESPIPE', when: '`offset` is given and the input cannot seek.' },
        { errno: 'EPIPE', when: 'The peer of the output is gone; SIGPIPE was raised too.' },
      ],
      blocking: {
        blocks: true,
        until: 'the output has room',
        avoid: 'O_NONBLOCK on the output (EAGAIN)',
        restarted: 'with SA_RESTART',
      },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [
        { op: 'read', at: 'in_fd', size: 'count' },
        { op: 'write', at: 'out_fd', size: 'count' },
      ],
    },
    {
      name: 'copy_file_range',
      man: { page: 'copy_file_range', section: 2 },
      headers: ['unistd.h'],
      prototype:
        'ssize_t copy_file_range(int fd_in, off64_t *off_in, int fd_out, off64_t *off_out, size_t len, unsigned int flags);',
      featureTest: '_GNU_SOURCE',
      standard: 'Linux',
      summary:
        'Copies a range of one regular file to another inside the kernel. Some file systems share the blocks instead of copying them.',
      params: [
        { name: 'fd_in', role: 'file to read', literal: { kind: 'descriptor' } },
        {
          name: 'off_in',
          role: 'place in the input, advanced by the call; NULL uses the file offset',
          nullable: true,
        },
        { name: 'fd_out', role: 'file to write', literal: { kind: 'descriptor' } },
        {
          name: 'off_out',
          role: 'place in the output, advanced by the call; NULL uses the file offset',
          nullable: true,
        },
        { name: 'len', role: 'how many bytes at most', literal: { kind: 'size' } },
        { name: 'flags', role: 'must be 0' },
      ],
      returns: {
        success: 'the number of bytes copied; 0 means end of input',
        failure: { value: '-1', reports: 'errno' },
      },
      errors: [
        {
          errno: 'EBADF',
          when: 'A descriptor is not open in the needed direction, or the output is in append mode.',
        },
        {
          errno: 'EINVAL',
          when: 'One of them is no regular file, ranges of one file overlap, or `flags` is not 0.',
        },
        { errno: 'EXDEV', when: 'The files lie on file systems that cannot copy between each other.' },
        { errno: 'ENOSPC', when: 'The target file system is full.' },
        { errno: 'EOPNOTSUPP', when: 'The file system does not support it.' },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [
        { op: 'read', at: 'fd_in', size: 'len' },
        { op: 'write', at: 'fd_out', size: 'len' },
      ],
    },
  ],
  constants: [
    {
      id: 'splice-flags',
      title: 'Flags of splice, tee and vmsplice',
      constants: [
        {
          name: 'SPLICE_F_MOVE',
          header: 'fcntl.h',
          featureTest: '_GNU_SOURCE',
          value: 1,
          meaning: 'Move pages instead of copying them where possible; only a hint.',
        },
        {
          name: 'SPLICE_F_NONBLOCK',
          header: 'fcntl.h',
          featureTest: '_GNU_SOURCE',
          value: 2,
          meaning: 'Fail with EAGAIN instead of waiting for the pipe.',
        },
        {
          name: 'SPLICE_F_MORE',
          header: 'fcntl.h',
          featureTest: '_GNU_SOURCE',
          value: 4,
          meaning: 'More data follows soon: a socket may wait to fill its packet.',
        },
        {
          name: 'SPLICE_F_GIFT',
          header: 'fcntl.h',
          featureTest: '_GNU_SOURCE',
          value: 8,
          meaning: 'The pages are given away for good (vmsplice).',
        },
      ],
    },
  ],
  types: [],
};
