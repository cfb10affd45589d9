/** Functions of the C library outside the catalog, by what they do. Each comes back, and reaches only what it is given. */

/** What says something to a person: stdio(3), perror(3), err(3), syslog(3). */
const printing = /^(?:v?f?printf|f?puts|f?putc|putchar|fflush|perror|psignal|v?syslog|v?warnx?)$/;

/** string(3), malloc(3), stdio(3) for input and into memory, numbers in texts, inet_ntop(3). */
const working =
  /^(?:(?:mem|str)[a-z]+\d*(?:_[lr])?|[mc]alloc|realloc|free|v?sn?printf|f?getc(?:har)?|f?gets|fclose|s?f?scanf|ato[ifl]+|inet_ntop|gai_strerror)$/;

/** ctime(3), time(2), rand(3), ctype(3), readdir(3), stat(2), getutent(3), getpwnam(3). */
const asking =
  /^(?:(?:c|local|gm|mk)time(?:_r)?|time|clock|s?rand(?:om)?|rand_r|is(?:alnum|alpha|digit|lower|print|punct|space|upper|xdigit)|to(?:lower|upper)|readdir(?:_r)?|rewinddir|[lf]?stat|(?:[gs]et|end|put)(?:utx?|pw|gr|sp)(?:ent|line|nam|[ug]id)(?:_r)?)$/;

/** math(7), stdatomic(3) and what compilers have for it: they ask nobody and wait for nobody. */
const computing =
  /^(?:(?:f?abs|l?labs|sqrt|cbrt|pow|exp2?|log(?:2|10)?|a?(?:sin|cos|tan)h?|atan2|hypot|floor|ceil|l?l?round|trunc|fmod|fmax|fmin)[fl]?|atomic_[a-z_]+|__(?:atomic|sync)_[a-z_]+)$/;

export function printsText(name: string): boolean {
  return printing.test(name);
}

/** Whether a function of which no text is at hand comes back for certain, as those of the C library do. */
export function comesBackAlways(name: string): boolean {
  const plain = name.replace(wrapped, (letter) => letter.toLowerCase());
  return printing.test(plain) || working.test(plain) || asking.test(plain) || computing.test(plain);
}

/** `Fgets`, `Malloc`: the same with the failure looked at. */
const wrapped = /^[A-Z](?=[a-z])/;
