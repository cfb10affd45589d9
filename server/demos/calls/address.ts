/**
 * Addresses of sockets in a step's arguments: `unix("echo.socket")`, `abstract("echo")`, `loopback(htons(PORT))`,
 * `group(htons(PORT))`, `broadcast(htons(PORT))`, or the variable that recvfrom filled. The actor reads them as they are.
 */
import type { CodeWriter } from '../code';

interface Address {
  form: string;
  inner: string;
}

function parse(argument: string): Address | undefined {
  const match = /^(unix|abstract|loopback|group|broadcast)\((.*)\)$/.exec(argument);
  return match ? { form: match[1]!, inner: match[2]! } : undefined;
}

/** What a person reads for each host: in a run the first is the run's own address within 127.0.0.0/8. */
const hosts: Record<string, { shown: string; inC: string }> = {
  loopback: { shown: '127.0.0.1', inC: 'INADDR_LOOPBACK' },
  group: { shown: '239.255.73.80', inC: '0xefff4950' },
  broadcast: { shown: '127.255.255.255', inC: '0x7fffffff' },
};

/** `{AF_UNIX, "echo.socket"}` */
export function addressText(argument: string): string {
  const address = parse(argument);
  if (!address) return `&${argument}`;
  if (address.form === 'unix') return `{AF_UNIX, ${address.inner}}`;
  if (address.form === 'abstract') return `{AF_UNIX, "\\0${address.inner.slice(1)}}`;
  return `{AF_INET, ${address.inner}, ${hosts[address.form]!.shown}}`;
}

/** `server.socket` makes `server_address`; the one address of a port is `address`. */
function nameOf({ form, inner }: Address): string {
  if (form === 'loopback') return 'address';
  if (form === 'group' || form === 'broadcast') return form;
  return `${/\w+/.exec(inner)![0]}_address`;
}

/** Declares the structure; answers with the two arguments that stand for it in C. */
export function addressCode(argument: string, writer: CodeWriter): string {
  const address = parse(argument);
  if (!address) return `(struct sockaddr *)&${argument}, ${argument}_size`;
  const { form, inner } = address;
  const base = nameOf(address);
  const { headers } = writer.needs;
  headers.add('sys/socket.h');
  if (form === 'unix' || form === 'abstract') {
    headers.add('sys/un.h');
    const path = form === 'unix' ? inner : `"\\0${inner.slice(1)}`;
    const name = writer.structure(base, 'struct sockaddr_un', `{.sun_family = AF_UNIX, .sun_path = ${path}}`);
    if (form === 'unix') return `(struct sockaddr *)&${name}, sizeof ${name}`;
    headers.add('stddef.h');
    /* An abstract name ends with its length, not with a 0. */
    const length = `offsetof(struct sockaddr_un, sun_path) + sizeof ${path} - 1`;
    const size = writer.own(
      `${name}_size`,
      `socklen_t of ${path}`,
      (own) => `const socklen_t ${own} = ${length};`,
    );
    return `(struct sockaddr *)&${name}, ${size}`;
  }
  headers.add('netinet/in.h').add('arpa/inet.h');
  const name = writer.structure(base, 'struct sockaddr_in', [
    '{',
    '    .sin_family = AF_INET,',
    `    .sin_port = ${inner},`,
    `    .sin_addr.s_addr = htonl(${hosts[form]!.inC}),`,
    '}',
  ]);
  return `(struct sockaddr *)&${name}, sizeof ${name}`;
}
