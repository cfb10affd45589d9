/** Slips with sockets and with waiting for several descriptors. */
import {
  argument,
  atCalls,
  exchanged,
  rewritten,
  unwrapped,
  withoutCall,
  withoutException,
  withoutStatement,
} from '../edits';
import type { Operator } from '../operator';

export const socketOperators: readonly Operator[] = [
  {
    id: 'host-order',
    slip: 'left out htons',
    rules: ['socket/byte-order'],
    mutants: atCalls(['htons'], unwrapped(0)),
  },
  {
    id: 'address-host-order',
    slip: 'left out htonl',
    rules: ['socket/byte-order'],
    mutants: atCalls(['htonl'], (view, site) =>
      /INADDR_ANY/.test(view.read(site.call))
        ? []
        : /INADDR/.test(view.read(site.call))
          ? unwrapped(0)(view, site)
          : [],
    ),
  },
  {
    id: 'no-listen',
    slip: 'left out listen',
    rules: ['socket/phase'],
    mutants: atCalls(['listen'], withoutCall),
  },
  {
    id: 'bind-behind-listen',
    slip: 'called listen before bind',
    rules: ['socket/phase'],
    mutants: exchanged(['bind'], ['listen']),
  },
  {
    id: 'option-behind-bind',
    slip: 'set an option behind bind',
    rules: ['socket/option-too-late'],
    mutants: exchanged(['setsockopt'], ['bind']),
  },
  {
    id: 'no-family',
    slip: 'left out the family of an address',
    rules: ['socket/address-uninitialised'],
    mutants: withoutStatement(/\b(?:sin6?|sun|ss)_family\s*=[^=]/),
  },
  {
    id: 'size-of-pointer',
    slip: 'gave the size of a pointer as the length of an address',
    rules: ['socket/address-length'],
    mutants: atCalls(
      ['bind', 'connect', 'sendto'],
      argument(-1, (size) => (/^sizeof\b/.test(size) ? 'sizeof(struct sockaddr *)' : undefined)),
    ),
  },
  {
    id: 'generic-size',
    slip: 'gave the size of struct sockaddr for another address',
    rules: ['socket/address-length'],
    mutants: atCalls(
      ['bind', 'connect'],
      argument(-1, (size) =>
        /sockaddr_un|sockaddr_in6|sockaddr_storage/.test(size) ? 'sizeof(struct sockaddr)' : undefined,
      ),
    ),
  },
  {
    id: 'path-stays',
    slip: 'left out the unlink before bind',
    rules: ['socket/stale-path'],
    mutants: atCalls(['unlink', 'remove'], (view, site) =>
      view.callsOf(['bind']).length > 0 ? withoutCall(view, site) : [],
    ),
  },
  {
    id: 'connection-open',
    slip: 'left out the close of an accepted connection',
    rules: ['socket/accepted-leak', 'handle/leak'],
    mutants: atCalls(['close'], (view, site) =>
      view.callsOf(['accept', 'accept4']).length > 0 &&
      site.outer.some(({ kind }) => kind === 'for' || kind === 'while')
        ? withoutCall(view, site)
        : [],
    ),
  },
  {
    id: 'nfds-one-short',
    slip: 'gave the highest descriptor to select instead of one more',
    rules: ['multiplex/nfds'],
    mutants: atCalls(
      ['select', 'pselect'],
      argument(0, (count) => (/\+\s*1$/.test(count) ? count.replace(/\s*\+\s*1$/, '') : undefined)),
    ),
  },
  {
    id: 'set-not-rebuilt',
    slip: 'left out FD_ZERO and FD_SET in the loop',
    rules: ['multiplex/not-rebuilt'],
    mutants: (view) =>
      view.callsOf(['select']).flatMap((site) => {
        const body = site.outer.find(({ kind }) => kind === 'for' || kind === 'while' || kind === 'do');
        if (!body) return [];
        const sets = view
          .callsOf(['FD_ZERO', 'FD_SET'])
          .filter(
            ({ stmt }) => stmt.start > body.start && stmt.end < site.call.start && stmt.kind === 'expr',
          );
        return sets.length > 0
          ? [[...new Set(sets.map(({ stmt }) => stmt))].map((stmt) => view.edit(stmt, ';'))]
          : [];
      }),
  },
  {
    id: 'length-unset',
    slip: 'left out the length before accept or recvfrom',
    rules: ['socket/address-length', 'socket/address-uninitialised', 'handle/struct-incomplete'],
    mutants: (view) =>
      view.callsOf(['accept', 'recvfrom']).length > 0
        ? withoutStatement(/^\w*len\w*\s*=\s*sizeof\b/i)(view)
        : [],
  },
  {
    id: 'other-family',
    slip: 'gave an IPv6 address the family of IPv4',
    rules: ['socket/address-uninitialised', 'socket/address-length'],
    mutants: rewritten(/(\bsin6_family\s*=\s*)AF_INET6\b/, '$1AF_INET'),
  },
  {
    id: 'path-copied',
    slip: 'copied a path into an address without a bound',
    rules: ['socket/sun-path'],
    mutants: atCalls(['strncpy', 'snprintf', 'strlcpy'], (view, { call }) => {
      const [target, source] = call.args.map((arg) => view.read(arg));
      return target && source && /\bsun_path$/.test(target) && /^[a-z]\w*$/.test(source)
        ? [view.edit(call, `strcpy(${target}, ${source})`)]
        : [];
    }),
  },
  {
    id: 'client-unbound',
    slip: 'left out the bind of a datagram client that gets answers',
    rules: ['socket/reply-to-unbound'],
    mutants: (view) =>
      view.mentions(/\bAF_UNIX\b/) > 0 && view.callsOf(['sendto', 'send', 'connect']).length > 0
        ? atCalls(['bind'], (_, site) =>
            view.mentions(/\bSOCK_DGRAM\b/) > 0 && view.mentions(/\brecv(?:from)?\s*\(/) > 0
              ? withoutCall(view, site)
              : [],
          )(view)
        : [],
  },
  {
    id: 'control-padded',
    slip: 'exchanged CMSG_LEN and CMSG_SPACE',
    rules: ['socket/control-buffer'],
    mutants: atCalls(['CMSG_LEN', 'CMSG_SPACE'], (view, { name, call }) => [
      view.edit(call.callee, name === 'CMSG_LEN' ? 'CMSG_SPACE' : 'CMSG_LEN'),
    ]),
  },
  {
    id: 'in-progress-fatal',
    slip: 'took a connect that goes on for one that failed',
    rules: ['socket/nonblocking-connect'],
    mutants: withoutException(['connect'], /\bEINPROGRESS\b/),
  },
  {
    id: 'event-compared',
    slip: 'compared the events of poll as a number',
    rules: ['multiplex/event-bits'],
    mutants: rewritten(/(\b(?:revents|events)\s*)&(\s*E?POLL(?:IN|OUT))\b/, '$1==$2'),
  },
  {
    id: 'asked-for-taken',
    slip: 'took the events that were asked for for those that came',
    rules: ['multiplex/event-bits'],
    mutants: rewritten(/\brevents(\s*&\s*POLL(?:IN|OUT)\b)/, 'events$1'),
  },
  {
    id: 'edge-triggered',
    slip: 'asked for edges and reads once for each',
    rules: ['multiplex/edge-triggered'],
    mutants: rewritten(/(\bevents\s*=\s*EPOLLIN)(?!\s*\|\s*EPOLLET)\b/, '$1 | EPOLLET'),
  },
];
