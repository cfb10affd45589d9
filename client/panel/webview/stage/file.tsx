import type { DemoView, FileLock, FileView } from '../../../../server/protocol';
import { counted } from '../../../words';
import { hueOf } from '../hues';
import { bytes, holders } from '../words';
import type { Drawing } from './drawing';
import { End } from './holders';
import { Plate } from './plate';

/** Its name, its bytes, and below them which of them are locked by whom, to scale. */
function FilePicture({ view, object: file }: { view: DemoView; object: FileView }) {
  const extent = extentOf(file);
  return (
    <div class="named">
      <Plate name={file.exists ? file.name : undefined} icon="file" without="no such file" />
      <p class={file.content === '' ? 'file-content empty' : 'file-content'}>{file.content || 'no bytes'}</p>
      <ul class="locks">
        {file.locks.map((lock) => (
          <li key={`${lock.style} ${lock.mode} ${lock.from} ${lock.waits} ${lock.processes.join(' ')}`}>
            <Range view={view} lock={lock} extent={extent} />
            <End view={view} name={lockWords(lock)} ids={lock.processes} />
          </li>
        ))}
        {file.locks.length === 0 && <li class="empty">not locked</li>}
      </ul>
      <div class="ends">
        <End view={view} name="open in" ids={file.holders} />
      </div>
    </div>
  );
}

/** A lock as a bar over the length of the file; one that reaches to the end, wherever that will be, runs out of the picture. */
function Range({ view, lock, extent }: { view: DemoView; lock: FileLock; extent: number }) {
  const from = (lock.from / extent) * 100;
  const to = lock.to === undefined ? 102 : ((lock.to + 1) / extent) * 100;
  const kind = `${lock.mode} ${lock.waits ? 'waits' : ''} hue-${hueOf(view, lock.processes[0] ?? '')}`;
  return (
    <svg class="range" width="100%" height="8" aria-hidden="true">
      <rect class="track" width="100%" height="8" rx="2" />
      <rect class={kind} x={`${from}%`} y="1" width={`${to - from}%`} height="6" rx="2" />
    </svg>
  );
}

/** How many bytes the bars stand for. */
function extentOf(file: FileView): number {
  const ends = file.locks.map((lock) => (lock.to ?? lock.from) + 1);
  return Math.max(1, file.size, ...ends);
}

const styles: Record<FileLock['style'], string> = { record: '', description: 'OFD ', flock: 'flock ' };

function lockWords(lock: FileLock): string {
  const range =
    lock.style === 'flock' ? '' : `, ${lock.to === lock.from ? '' : `${lock.from}–`}${lock.to ?? 'end'}`;
  const mode =
    lock.style === 'flock' ? (lock.mode === 'write' ? 'exclusive' : 'shared') : `${lock.mode} lock`;
  return `${lock.waits ? 'waiting: ' : ''}${styles[lock.style]}${mode}${range}`;
}

export const fileDrawing: Drawing<FileView> = {
  measure: (file) => bytes(file.size),
  Picture: FilePicture,
  sentence(view, file, name) {
    const locks = file.locks.map((lock) => `${lockWords(lock)} (${holders(view, lock.processes)})`);
    const locked =
      locks.length === 0 ? 'Not locked.' : `${counted(locks.length, 'lock')}: ${locks.join('; ')}.`;
    return `${name} ${file.name} holds ${bytes(file.size)}: “${file.content}”. Open in ${holders(view, file.holders)}. ${locked}`;
  },
};
