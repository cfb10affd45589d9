import type { ComponentType } from 'preact';
import type { DemoView, ObjectView } from '../../../../server/protocol';

/** How one kind of kernel object is shown: in a few words at the head of its card, as a picture, and in a sentence. */
export interface Drawing<Kind extends ObjectView> {
  measure(object: Kind): string;
  Picture: ComponentType<{ view: DemoView; object: Kind; width: number }>;
  /** What it holds and who holds it; it exists. `name` begins the sentence. */
  sentence(view: DemoView, object: Kind, name: string): string;
}
