import type { DemoView, FifoView } from '../../../../server/protocol';
import type { Drawing } from './drawing';
import { PipePicture, pipeMeasure, pipeSentence } from './pipe';
import { Plate } from './plate';

/** A pipe with the name that it has in the file system. */
function FifoPicture({ view, object, width }: { view: DemoView; object: FifoView; width: number }) {
  return (
    <div class="named">
      <Plate name={object.name} icon="file" without="no name in the file system" />
      <PipePicture view={view} object={object} width={width} />
    </div>
  );
}

const isOpen = (fifo: FifoView) => fifo.readers.length + fifo.writers.length > 0;

export const fifoDrawing: Drawing<FifoView> = {
  measure: (fifo) => (isOpen(fifo) ? pipeMeasure(fifo) : 'a name only'),
  Picture: FifoPicture,
  sentence(view, fifo, name) {
    const file = fifo.name ? `It has the name ${fifo.name}.` : 'It has no name any more.';
    return isOpen(fifo)
      ? `${pipeSentence(view, fifo, name)} ${file}`
      : `${name} is a name only: nobody has it open. ${file}`;
  },
};
