import assert from 'node:assert/strict';
import { extendHistory, type History, latestStep } from '../../client/panel/history';
import { tokenLines } from '../../client/panel/webview/c-tokens';
import { columnsOf } from '../../client/panel/webview/stage/columns';
import { objectSentence } from '../../client/panel/webview/stage/drawings';
import { layoutOf, wokenDuring } from '../../client/panel/webview/stage/geometry';
import { cellsOf, onArrow, wrap } from '../../client/panel/webview/stage/text';
import { announcement, processSentence, stepSentence } from '../../client/panel/webview/words';
import type { DemoView } from '../../server/protocol';
import { pipeExchange } from './fixtures/pipe-exchange';
import { pipeNeverEnds } from './fixtures/pipe-never-ends';
import { queueByType } from './fixtures/queue';

const metrics = { code: 7.2, text: 6.4 };
const widths = [520, 600, 768, 880];

function layout(views: DemoView[], width = 768) {
  const history = views.reduce<History | undefined>(
    (before, view) => extendHistory(before, view),
    undefined,
  )!;
  return layoutOf(views.at(-1)!, history, width, metrics);
}

describe('the stage: who stands where', () => {
  it('keeps processes in order and objects between those who use them', () => {
    for (const width of widths) {
      const columns = columnsOf(queueByType.at(-1)!, width);
      const [sender, printer, logger] = columns.processes.map(({ x }) => x);
      assert.ok(sender! < columns.objects[0]!.x && columns.objects[0]!.x < printer! && printer! < logger!);
    }
  });

  it('never lets heads overlap or leave the stage', () => {
    for (const view of [pipeExchange[0]!, queueByType[0]!]) {
      for (const width of widths) {
        const { processes, objects } = columnsOf(view, width);
        const heads = [...processes, ...objects].map(({ head }) => head).sort((a, b) => a.left - b.left);
        assert.ok(heads[0]!.left >= 0 && heads.at(-1)!.right <= width);
        for (const [index, head] of heads.slice(1).entries())
          assert.ok(head.left >= heads[index]!.right, `${width}`);
      }
    }
  });

  it('lets objects stand above where their lanes are too narrow for pictures', () => {
    const [view] = pipeExchange;
    const objects = ['a', 'b', 'c'].map((id) => ({ ...view!.objects[0]!, id }));
    for (const width of widths) {
      const one = columnsOf(view!, width);
      const three = columnsOf({ ...view!, objects }, width);
      assert.ok(!one.above && three.above, `${width}`);
      const heads = [...three.processes, ...three.objects].map(({ head }) => head);
      heads.sort((a, b) => a.left - b.left);
      for (const [index, head] of heads.slice(1).entries()) assert.ok(head.left >= heads[index]!.right);
      for (const { head } of three.objects) assert.ok(head.right - head.left >= 18, 'room for a letter');
    }
  });

  it('leaves each of three processes a head that can be read, beside six objects', () => {
    const [view] = queueByType;
    const objects = [...'abcdef'].map((id) => ({ ...view!.objects[0]!, id }));
    for (const width of [666, ...widths.filter((one) => one > 666)]) {
      const { processes, objects: lanes } = columnsOf({ ...view!, objects }, width);
      for (const { head } of processes) assert.ok(head.right - head.left >= 84, `${width}`);
      const boxes = [...processes, ...lanes].map(({ head }) => head).sort((a, b) => a.left - b.left);
      for (const [index, box] of boxes.slice(1).entries())
        assert.ok(box.left >= boxes[index]!.right - 0.5, `${width}`);
    }
  });

  it('gives a lone process its object at the right', () => {
    const view = { ...pipeExchange[0]!, processes: pipeExchange[0]!.processes.slice(0, 1) };
    const { processes, objects } = columnsOf(view, 700);
    assert.ok(objects[0]!.x > processes[0]!.x && objects[0]!.head.right <= 700);
  });
});

describe('the stage: what happened when', () => {
  it('puts a row under the other and the line of now below the last one played', () => {
    const { rows, now } = layout(pipeExchange.slice(0, 5));
    for (const [index, row] of rows.slice(1).entries())
      assert.equal(row.top, rows[index]!.top + rows[index]!.height);
    assert.equal(now, rows[4]!.top);
    assert.deepEqual(
      rows.slice(2, 6).map(({ phase }) => phase),
      ['past', 'latest', 'next', 'future'],
    );
  });

  it('begins the life of a forked process at the fork, and draws the fork', () => {
    const { lifelines, births, rows } = layout(pipeExchange.slice(0, 3));
    assert.equal(lifelines[0]!.alive?.from, 0);
    assert.equal(lifelines[1]!.alive?.from, rows[1]!.y);
    assert.equal(births.length, 1);
  });

  it('hatches a blocked call until now, and then until it came back', () => {
    const during = layout(pipeExchange.slice(0, 5));
    assert.deepEqual(
      during.spans.map(({ step, open, to }) => [step, open, to]),
      [[3, true, during.now]],
    );
    const later = layout(pipeExchange.slice(0, 7));
    assert.equal(wokenDuring(pipeExchange[6]!.steps, pipeExchange[6]!.steps[3]!), 5);
    const [span] = later.spans;
    assert.ok(span && !span.open && span.to > later.rows[5]!.y && span.to < later.rows[6]!.top);
  });

  it('draws data to and from the object, towards where it goes', () => {
    const { arrows, columns } = layout(pipeExchange.slice(0, 7));
    const pipe = columns.object('pipe')!.x;
    const write = arrows.find(({ step }) => step === 5)!;
    const read = arrows.find(({ step }) => step === 3)!;
    assert.ok(write.fromX < write.toX && write.toX < pipe);
    assert.ok(read.fromX > pipe && read.fromX < read.toX);
    assert.ok(read.y > write.y, 'it comes out after it went in');
    assert.ok(write.fresh && read.fresh, 'both belong to the latest step');
  });

  it('shows while a process was stopped, and that it is', () => {
    const stopped = (view: DemoView): DemoView => ({
      ...view,
      processes: view.processes.map((process) =>
        process.id === 'child' ? { ...process, state: 'stopped' as const } : process,
      ),
    });
    const [a, b, c, d] = pipeExchange.slice(2, 6);
    const views = [a!, stopped(b!), c!, stopped(d!)];
    const picture = layout(views);
    const { stopped: spans } = picture.lifelines.find(({ process }) => process === 'child')!;
    const y = (view: DemoView) => picture.rows[latestStep(view)]!.y;
    assert.deepEqual(spans, [
      { from: y(b!), to: y(c!) },
      { from: y(d!), to: picture.now },
    ]);
    assert.ok(picture.lifelines.every(({ process, stopped }) => process === 'child' || stopped.length === 0));
  });

  it('shows a zombie until it is waited for, then the end', () => {
    const zombie = layout(pipeExchange.slice(0, 11)).lifelines[1]!;
    assert.ok(zombie.zombie && zombie.gone === undefined);
    const gone = layout(pipeExchange).lifelines[1]!;
    assert.ok(gone.gone !== undefined && gone.zombie && gone.zombie.to === gone.gone);
  });

  it('keeps text inside the stage', () => {
    for (const views of [pipeExchange, pipeNeverEnds, queueByType]) {
      for (const width of widths) {
        for (const { label } of layout(views, width).rows) {
          const long = Math.max(...label.lines.map((line) => line.length)) * metrics.code;
          const [left, right] =
            label.anchor === 'end' ? [label.x - long, label.x] : [label.x, label.x + long];
          assert.ok(left >= 0 && right <= width, `${label.lines.join('|')} at ${width}`);
        }
      }
    }
  });
});

describe('text of the stage', () => {
  it('breaks at blanks and arguments, and says when it cut', () => {
    assert.deepEqual(wrap('write(fd[1], "hello", 5)', 14, 3), ['write(fd[1],', '"hello", 5)']);
    assert.deepEqual(wrap('msgget(0x1a2b,IPC_CREAT)', 14, 3), ['msgget(0x1a2b,', 'IPC_CREAT)']);
    assert.deepEqual(wrap('aaaaaaaaaaaaaaaa', 6, 2), ['aaaaaa', 'aaaaa…']);
    assert.deepEqual(wrap('pthread_mutex_lock(&shared->mutex)', 15, 3), [
      'pthread_mutex_',
      'lock(',
      '&shared->mutex)',
    ]);
    assert.deepEqual(wrap('short', 20, 2), ['short']);
    assert.deepEqual(wrap('', 20, 2), []);
  });

  it('keeps the message on an arrow, rather than the word for its type', () => {
    assert.equal(onArrow('priority 9: alarm', 20), 'priority 9: alarm');
    assert.equal(onArrow('priority 9: alarm', 10), '9: alarm');
    assert.equal(onArrow('type 3: a long message', 10), '3: a long…');
    assert.equal(onArrow('typewriter', 6), 'typew…');
  });

  it('takes an escape for one byte', () => {
    assert.deepEqual(cellsOf('a\\n\\x1b \\0é'), ['a', '\\n', '\\x1b', ' ', '\\0', 'é']);
  });

  it('colours C without losing a character', () => {
    for (const { text } of [pipeExchange[0]!, pipeNeverEnds[0]!, queueByType[0]!].map(
      ({ processes }) => processes[0]!.program,
    )) {
      const lines = tokenLines(text);
      assert.equal(lines.map((tokens) => tokens.map((token) => token.text).join('')).join('\n'), text);
    }
    assert.deepEqual(
      tokenLines('/* for\n * if */ x').map((tokens) => tokens[0]?.kind),
      ['comment', 'comment'],
    );
    const kinds = tokenLines('  if (read(0) > 0x1f) /* a */ s = "b"; // c')
      .flat()
      .map(({ kind }) => kind);
    for (const kind of ['keyword', 'function', 'number', 'comment', 'string'])
      assert.ok(kinds.includes(kind as never), kind);
  });
});

describe('the demo in words', () => {
  it('tells steps that are done, blocked, next and to come', () => {
    const view = pipeExchange[4]!;
    const told = view.steps.slice(2, 6).map((step) => stepSentence(view, step));
    assert.deepEqual(told, [
      'Child: close(fd[1]) returned 0.',
      'Child: read(fd[0], buf, sizeof buf) blocked in read.',
      'Parent: close(fd[0]) comes next.',
      'Parent: write(fd[1], "hello, child", 12) is to come.',
    ]);
  });

  it('tells what moved and what differs', () => {
    const view = pipeExchange[6]!;
    assert.match(stepSentence(view, view.steps[5]!), /“hello, child” went into Pipe\.$/);
    const differs = { ...view.steps[5]!, status: 'differs' as const, expected: 'returned 3' };
    assert.match(stepSentence(view, differs), /Expected: returned 3\.$/);
  });

  it('tells processes and objects', () => {
    assert.equal(
      processSentence(pipeExchange[4]!, pipeExchange[4]!.processes[1]!),
      'Child (process 4243) is blocked in read, waiting for the pipe.',
    );
    assert.equal(
      processSentence(pipeExchange[10]!, pipeExchange[10]!.processes[1]!),
      'Child (process 4243): exited with status 0, not yet waited for.',
    );
    const pipe = pipeNeverEnds[3]!;
    assert.match(
      objectSentence(pipe, pipe.objects[0]!),
      /holds 8 bytes of 65536: “one\\ntwo\\n”\. Write end: parent, child\./,
    );
    const queue = queueByType[3]!;
    assert.match(objectSentence(queue, queue.objects[0]!), /holds 2 messages, .*type 1 “stop the press”/);
  });

  it('announces the outcome and what comes next, and the end', () => {
    assert.match(
      announcement(pipeExchange[4]!),
      /^Step 4\. Child: .* blocked in read\. Next: parent, close\(fd\[0\]\)\./,
    );
    assert.match(announcement(pipeExchange.at(-1)!), /The end\. The message arrived/);
    assert.match(
      announcement({ ...pipeExchange[0]!, state: 'failed', conclusion: 'No memory.' }),
      /failed\. No memory\./,
    );
  });
});
