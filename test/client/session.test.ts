import assert from 'node:assert/strict';
import { extendHistory } from '../../client/panel/history';
import { panelHtml } from '../../client/panel/html';
import {
  type FromWebview,
  isFromWebview,
  isPlayed,
  playedIn,
  type ToWebview,
} from '../../client/panel/messages';
import { DemoSession, type SessionWorld } from '../../client/panel/session';
import type { DemoView } from '../../server/protocol';
import { pipeExchange } from '../panel/fixtures/pipe-exchange';

/** A server that answers when it is told to. */
class World implements SessionWorld {
  readonly asked: {
    method: string;
    params: unknown;
    answer: (view: unknown) => void;
    refuse: (e: Error) => void;
  }[] = [];
  readonly posted: ToWebview[] = [];
  readonly opened: string[] = [];
  readonly logged: string[] = [];

  request = ((method: string, params: unknown): Promise<unknown> =>
    new Promise((answer, refuse) =>
      this.asked.push({ method, params, answer, refuse }),
    )) as unknown as SessionWorld['request'];
  post = (message: ToWebview) => void this.posted.push(message);
  openProgram = async (file: string) => void this.opened.push(file);
  openProject = async (scenario: string, session: string) => void this.opened.push(`${scenario} ${session}`);
  pick = async (subject: string) => void this.opened.push(`demos of ${subject}`);
  explain = async (subject: string) => void this.opened.push(subject);
  log = (message: string) => void this.logged.push(message);

  get last() {
    return this.posted.at(-1);
  }
}

const view = (session: string, index = 0): DemoView => ({ ...pipeExchange[index]!, session });
const turn = () => new Promise((done) => setImmediate(done));

describe('a demo session', () => {
  let world: World;
  let session: DemoSession;

  beforeEach(() => {
    world = new World();
    session = new DemoSession('pipe/exchange', world);
  });

  async function opened(): Promise<void> {
    const opening = session.open();
    world.asked[0]!.answer(view('s1'));
    await opening;
  }

  it('shows that it opens, then the view, and again when the webview comes back', async () => {
    await opened();
    await session.receive({ type: 'ready' });
    assert.deepEqual(
      world.posted.map(({ type }) => type),
      ['opening', 'view', 'view'],
    );
  });

  it('tells why it could not open, and opens again on request', async () => {
    const opening = session.open();
    world.asked[0]!.refuse(new Error('no actor'));
    await opening;
    assert.deepEqual(world.last, { type: 'problem', message: 'The demo did not start: no actor' });
    void session.receive({ type: 'reopen' });
    await turn();
    assert.equal(world.asked.length, 2);
    assert.equal(world.last?.type, 'opening');
  });

  it('passes on what is issued by hand, and what was refused', async () => {
    await opened();
    const request = { process: 'parent', call: 'getpid', args: [] };
    const issuing = session.receive({ type: 'issue', request });
    assert.deepEqual(world.asked[1], { ...world.asked[1], method: 'ipcLens/demo/issue' });
    assert.deepEqual(world.asked[1]!.params, { session: 's1', ...request });
    world.asked[1]!.answer({ view: view('s1', 1), refused: { at: 0, message: 'No.' } });
    await issuing;
    assert.deepEqual(world.last, { type: 'issued', refused: { at: 0, message: 'No.' } });
    const again = session.receive({ type: 'issue', request });
    world.asked[2]!.refuse(new Error('gone'));
    await again;
    assert.deepEqual(world.last, { type: 'issued', refused: { message: 'gone' } });
    void session.receive({ type: 'offer' });
    world.asked[3]!.answer({ calls: [] });
    await turn();
    assert.deepEqual(world.last, { type: 'offer', offer: { calls: [] } });
    await session.receive({ type: 'open-project' });
    await session.receive({ type: 'pick' });
    assert.deepEqual(world.opened, ['pipe/exchange s1', 'demos of pipe']);
  });

  it('does again what was done before the window was reloaded, and shows only where it leads', async () => {
    const own = { process: 'parent', call: 'getpid', args: [] };
    const opening = session.open(['step', own, 'step', 'leave']);
    world.asked[0]!.answer(view('s1'));
    await turn();
    world.asked[1]!.answer(view('s1', 1));
    await turn();
    assert.deepEqual(world.asked[2]!.params, { session: 's1', ...own });
    world.asked[2]!.answer({ view: view('s1', 1) });
    await turn();
    world.asked[3]!.answer(view('s1', 2));
    await turn();
    assert.deepEqual(world.asked[4]!.params, { session: 's1', action: 'leave' });
    assert.deepEqual(
      world.posted.map(({ type }) => type),
      ['opening'],
    );
    world.asked[4]!.answer(view('s1', 3));
    await opening;
    assert.ok(world.last?.type === 'view' && world.last.view.next === view('s1', 3).next);
    assert.deepEqual(world.last.history.processes.child, { bornAt: 1 }, 'the picture knows when it was made');
  });

  it('stays where it came to when something cannot be done again, and closes what it opened', async () => {
    const opening = session.open(['step', 'step', 'step']);
    world.asked[0]!.answer(view('s1'));
    await turn();
    world.asked[1]!.answer(view('s1', 1));
    await turn();
    world.asked[2]!.refuse(new Error('not now'));
    await opening;
    assert.ok(world.last?.type === 'view' && world.last.view.next === view('s1', 1).next);
    assert.match(world.logged.join(), /could not all be done again: not now/);
    const closing = session.close();
    assert.deepEqual(world.asked[3]!.params, { session: 's1' });
    world.asked[3]!.answer(null);
    await closing;
  });

  it('does not show a session that the server took with it while it was opened', async () => {
    const opening = session.open(['step']);
    world.asked[0]!.answer(view('s1'));
    await turn();
    session.lost('The server was stopped.');
    world.asked[1]!.refuse(new Error('connection closed'));
    await turn();
    world.asked[2]!.refuse(new Error('connection closed'));
    await opening;
    assert.deepEqual(world.last, { type: 'problem', message: 'The server was stopped.' });
  });

  it('takes down what has been played, in a form that survives', () => {
    const now = view('s1', 2);
    const yours = { call: 'write', args: ['fd[1]', '"x"'], into: 'n' };
    const [first, second, ...rest] = now.steps;
    const played = playedIn({ ...now, left: true, steps: [first!, { ...second!, yours }, ...rest] });
    assert.deepEqual(played, ['step', { process: second!.process, ...yours }, 'leave']);
    assert.ok(isPlayed(JSON.parse(JSON.stringify(played))));
    assert.ok(isPlayed([]));
    for (const wrong of [
      undefined,
      'step',
      ['jump'],
      [{ call: 'x' }],
      [{ process: 'a', call: 'b', args: [1] }],
    ])
      assert.equal(isPlayed(wrong), false, JSON.stringify(wrong));
  });

  it('passes on steps and shows views of its own session only', async () => {
    await opened();
    const acting = session.receive({ type: 'act', action: 'step' });
    assert.deepEqual(world.asked[1]!.params, { session: 's1', action: 'step', delay: undefined });
    session.changed(view('other', 3));
    world.asked[1]!.answer(view('s1', 1));
    await acting;
    assert.equal(world.last?.type === 'view' && world.last.view.next, 1);
  });

  it('closes on the server, also when it is closed while it still opens', async () => {
    const opening = session.open();
    await session.close();
    world.asked[0]!.answer(view('late'));
    await turn();
    assert.deepEqual(
      world.asked.map(({ method, params }) => [method, params]),
      [
        ['ipcLens/demo/open', { scenario: 'pipe/exchange' }],
        ['ipcLens/demo/close', { session: 'late' }],
      ],
    );
    world.asked[1]!.answer(null);
    await opening;
    assert.deepEqual(
      world.posted.map(({ type }) => type),
      ['opening'],
      'nothing is posted to a closed panel',
    );
  });

  it('says so when the server is lost, and does not act on a lost session', async () => {
    await opened();
    session.lost('The server was stopped.');
    assert.deepEqual(world.last, { type: 'problem', message: 'The server was stopped.' });
    await session.receive({ type: 'act', action: 'step' });
    assert.equal(world.asked.length, 1);
  });

  it('opens programs and the page of its subject', async () => {
    await opened();
    await session.receive({ type: 'open-program', process: 'parent' });
    await session.receive({ type: 'open-program', process: 'nobody' });
    await session.receive({ type: 'explain' });
    assert.deepEqual(world.opened, ['pipe-exchange.c', 'pipe']);
  });
});

describe('the history of a demo', () => {
  const history = pipeExchange.reduce<ReturnType<typeof extendHistory> | undefined>(
    extendHistory,
    undefined,
  )!;

  it('remembers when each process appeared and ended', () => {
    assert.equal(history.processes.parent?.bornAt, undefined, 'there from the start');
    assert.equal(history.processes.child?.bornAt, 1, 'fork is step 1');
    assert.equal(history.processes.child?.endedAt, 9);
    assert.equal(history.processes.child?.goneAt, 10);
  });

  it('begins anew with another session or after a restart', () => {
    const again = extendHistory(history, view('fixture', 0));
    assert.deepEqual(again.processes, { parent: {} });
    assert.deepEqual(extendHistory(history, view('another', 2)).processes.child, {});
  });
});

describe('messages of the webview', () => {
  it('are checked', () => {
    const good: FromWebview[] = [
      { type: 'ready' },
      { type: 'reopen' },
      { type: 'explain' },
      { type: 'act', action: 'run', delay: 500 },
      { type: 'open-program', process: 'parent' },
    ];
    for (const message of good) assert.ok(isFromWebview(message), JSON.stringify(message));
    const bad = [
      null,
      'ready',
      {},
      { type: 'act' },
      { type: 'act', action: 'explode' },
      { type: 'act', action: 'run', delay: '1' },
      { type: 'open-program' },
    ];
    for (const message of bad) assert.ok(!isFromWebview(message), JSON.stringify(message));
  });
});

describe('the document of the panel', () => {
  const html = () =>
    panelHtml({ cspSource: 'https://source', styles: ['a.css'], script: 'b.js', title: '<x>' });

  it('allows one script by a nonce that is never the same, and nothing inline or remote', () => {
    const nonces = [html(), html()].map((text) => /script-src 'nonce-([^']+)'/.exec(text)?.[1]);
    assert.ok(nonces[0] && nonces[0].length >= 24 && nonces[0] !== nonces[1]);
    assert.match(html(), /default-src 'none'/);
    assert.doesNotMatch(html(), /unsafe|<style|style="|<x>/);
  });
});
