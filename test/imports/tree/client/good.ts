export type { DemoView } from '../server/protocol';
