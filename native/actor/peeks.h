/* The looks, one a line: the function stands in a file peek*.c. `actor` is NULL for a look that needs no process. */
PEEK(memory)
PEEK(mqueue)
PEEK(pipe)
PEEK(queue)
PEEK(segment)
PEEK(semset)
PEEK(socket)
PEEK(terminal)
