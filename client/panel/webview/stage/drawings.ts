import type { DemoView, ObjectView } from '../../../../server/protocol';
import { capital } from '../words';
import { connectionDrawing } from './connection';
import { counterDrawing } from './counter';
import type { Drawing } from './drawing';
import { fifoDrawing } from './fifo';
import { fileDrawing } from './file';
import { listenerDrawing } from './listener';
import { memoryDrawing } from './memory';
import { mqueueDrawing } from './mqueue';
import { conditionDrawing, mutexDrawing } from './mutex';
import { pipeDrawing } from './pipe';
import { queueDrawing } from './queue';
import { semaphoreDrawing } from './semaphore';
import { signalsDrawing } from './signals';
import { socketDrawing } from './socket';
import { terminalDrawing } from './terminal';

/** One line a kind. A kind without a drawing shows its fields. */
const drawings: { [Kind in ObjectView['kind']]?: Drawing<Extract<ObjectView, { kind: Kind }>> } = {
  pipe: pipeDrawing,
  fifo: fifoDrawing,
  socket: socketDrawing,
  listener: listenerDrawing,
  connection: connectionDrawing,
  terminal: terminalDrawing,
  queue: queueDrawing,
  file: fileDrawing,
  signals: signalsDrawing,
  counter: counterDrawing,
  mqueue: mqueueDrawing,
  semaphore: semaphoreDrawing,
  mutex: mutexDrawing,
  condition: conditionDrawing,
  memory: memoryDrawing,
};

export function drawingOf(object: ObjectView): Drawing<ObjectView> | undefined {
  return drawings[object.kind] as Drawing<ObjectView> | undefined;
}

export function objectSentence(view: DemoView, object: ObjectView): string {
  const name = capital(object.title);
  if (!object.exists) return `${name} does not exist.`;
  return drawingOf(object)?.sentence(view, object, name) ?? `${name} exists.`;
}
