import type { Chapter } from '../schema';

export const popen: Chapter = {
  facility: {
    id: 'popen',
    title: 'Pipe to a command (popen)',
    summary:
      'A stdio stream to or from a shell command. One call makes a pipe, forks and runs the command, and another waits for its end.',
    taxonomy: 'byte-stream',
    identifiedBy: 'no name: the stream that popen returns',
    handle: 'pointer to FILE, closed with pclose only',
    accessibility: {
      scope: 'related',
      detail:
        'Only this process and the command hold the pipe. The command runs with the rights, the environment and the open descriptors of the caller.',
    },
    persistence: {
      kind: 'process',
      detail:
        'The pipe ends with its last descriptor; the command runs on until it ends and is a zombie until pclose.',
    },
    dataModel: {
      kind: 'byte-stream',
      direction: 'one-way',
      detail:
        'Either the output of the command is read (`r`) or its input is written (`w`), never both. Standard error of the command is not part of it. Bytes pass through a stdio buffer in this process.',
    },
    flowControl:
      'As with a pipe: reading waits for output of the command and ends when the command closes it, writing waits while the pipe is full. pclose waits for the command to end.',
    limits: [
      {
        name: 'capacity',
        usual: '65536 bytes (16 pages)',
        shownAt: 'fcntl(fileno(stream), F_GETPIPE_SZ)',
        meaning: 'How much the pipe holds before the writing side has to wait.',
      },
      {
        name: 'ARG_MAX',
        usual: '131072 bytes for the command text',
        shownAt: 'sysconf(_SC_ARG_MAX) for all arguments together',
        meaning: 'The command is one argument of the shell, and one argument has at most 32 pages.',
      },
      {
        name: 'RLIMIT_NPROC',
        usual: 'set by the system',
        shownAt: 'getrlimit(RLIMIT_NPROC)',
        meaning: 'Processes of the user; popen fails with EAGAIN beyond.',
      },
    ],
    comparison: [
      {
        to: 'pipe',
        difference:
          'pipe with fork, dup2 and exec starts a program without a shell and can redirect input and output both; popen is one call.',
      },
      {
        to: 'socketpair',
        difference: 'A socket pair to a child carries requests and answers; popen has one direction.',
      },
      {
        to: 'pty',
        difference:
          'Through a pseudoterminal a program believes that it talks to a terminal and does not hold back its output; through popen it buffers fully.',
      },
    ],
    pitfalls: [
      'fclose on the stream leaves the command as a zombie and loses its status; pclose is the only right end.',
      'A command text built from input of others runs whatever they put into it, since a shell reads it.',
      'The result of pclose is a wait status: look at it with WIFEXITED and WEXITSTATUS. A command that does not exist shows as exit status 127, not as a failure of popen.',
      'Text that waits in a stdio buffer before popen may come out after that of the command: call fflush first.',
      'Writing to a command that has ended raises SIGPIPE, which ends this process unless it is ignored.',
      "A handler or loop that waits for any child takes the command's status away, and pclose then fails with ECHILD.",
      'A command that waits for end-of-file on its input does not end before pclose has closed the stream, so do not wait for its output in a file before that.',
    ],
    manPages: [
      { page: 'popen', section: 3 },
      { page: 'pipe', section: 7 },
      { page: 'system', section: 3 },
    ],
    uses: {
      fgets: "Reads the command's output line by line; NULL comes when the command has closed it.",
      fread: "Reads the command's output as bytes; fewer items than asked for mean its end.",
      getline: "Reads lines of any length from the command's output.",
      fprintf: "Writes to the command's standard input, through a buffer.",
      fputs: "Writes a string to the command's standard input, through a buffer.",
      fwrite: "Writes bytes to the command's standard input, through a buffer.",
      fflush: 'Sends what is buffered to the command now. Before popen it keeps the order of output right.',
      fileno: 'Tells the descriptor of the pipe end, for poll or fcntl. Mind what the stream has read ahead.',
      setvbuf: 'Makes a stream to a command write line by line, which it does not do by default.',
      WIFEXITED: 'Tells from the result of pclose whether the command ended by itself.',
      WEXITSTATUS:
        'Takes the exit status of the command from the result of pclose; 127 means that the shell found no such command.',
      system: 'Runs a command and waits for it, when neither its input nor its output is needed.',
      posix_spawn:
        'Starts a program without a shell; together with pipe it replaces popen where the arguments come from others.',
      sigaction:
        'With SIG_IGN for SIGPIPE a write to a command that has ended fails with EPIPE instead of ending this process.',
    },
  },
  calls: [
    {
      name: 'popen',
      man: { page: 'popen', section: 3 },
      headers: ['stdio.h'],
      prototype: 'FILE *popen(const char *command, const char *type);',
      standard: 'POSIX',
      summary:
        'Starts a shell command with a pipe to its standard input or from its standard output and returns the stream of this end.',
      params: [
        { name: 'command', role: 'text for `/bin/sh -c`' },
        {
          name: 'type',
          role: "`r` to read the command's output or `w` to write its input; `e` behind it makes the descriptor close-on-exec",
        },
      ],
      returns: {
        success: 'a stream to use with stdio and to close with pclose',
        failure: { value: 'NULL', reports: 'errno', detail: 'errno may stay as it was when memory ran out.' },
      },
      errors: [
        { errno: 'EINVAL', when: '`type` is neither `r` nor `w`.' },
        { errno: 'EMFILE', when: 'This process has too many descriptors open.' },
        { errno: 'EAGAIN', when: 'A limit on processes is reached.' },
        { errno: 'ENOMEM', when: 'There is not enough memory.' },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'create', kind: 'popen-stream', at: 'return', flags: 'type' }],
      notes: [
        'Success says nothing about the command: the shell finds out later whether it exists.',
        'glibc closes the streams of earlier popen calls in the new child, as POSIX asks.',
      ],
    },
    {
      name: 'pclose',
      man: { page: 'popen', section: 3 },
      headers: ['stdio.h'],
      prototype: 'int pclose(FILE *stream);',
      standard: 'POSIX',
      summary: 'Flushes and closes a stream made by popen and waits until its command ends.',
      params: [{ name: 'stream', role: 'stream made by popen' }],
      returns: { success: 'the wait status of the command', failure: { value: '-1', reports: 'errno' } },
      errors: [
        {
          errno: 'ECHILD',
          when: 'The status is gone: something else waited for the child, or SIGCHLD is ignored.',
        },
      ],
      blocking: {
        blocks: true,
        until: 'the command ends',
        restarted: 'always',
      },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'close', at: 'stream', kind: 'popen-stream' }],
      notes: ['The stream is gone after a failure as well.'],
    },
  ],
  constants: [],
  types: [],
};
