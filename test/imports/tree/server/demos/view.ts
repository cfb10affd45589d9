export type DemoView = number;
