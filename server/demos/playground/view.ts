/** What a person may do in a demo by hand, as the panel offers it. Pure data, part of the protocol. */

export interface PlaygroundOffer {
  calls: OfferedCall[];
  /** How many processes a demo may have in all, and how many calls may be issued by hand. */
  most: { processes: number; calls: number };
}

export interface OfferedCall {
  /** As a request names it: `read`, `read_counter`. */
  name: string;
  /** As people know it: `read: a counter`. */
  title: string;
  /** `subject`: of the demo's facility or topic. `process`: makes, ends and awaits processes. */
  group: 'subject' | 'process' | 'other';
  summary: string;
  /** What it does for the demo's facility or topic. */
  here?: string;
  /** What it returns when all is well, as a phrase. */
  returns?: string;
  parameters: OfferedParameter[];
  /** The variable that usually takes the result. */
  into?: string;
}

export interface OfferedParameter {
  name: string;
  role: string;
  /** `variable`: the name of one that the call fills. */
  kind: 'number' | 'descriptor' | 'text' | 'variable' | 'address';
  /** It may be left out; `counts` says that it is then as long as the data before it. */
  optional?: true;
  counts?: true;
  /** Constants that are joined with `|`. */
  combine?: true;
  /** Nothing else than the choices is accepted. */
  fixed?: true;
  /** In C it is the address of this type; `void`: of any. */
  pointer?: string;
  initial: string;
  /** What the demos give here. */
  examples: string[];
  choices: { text: string; meaning?: string }[];
}

/** A call by hand. `SIGKILL`, `SIGSTOP` and `SIGCONT` are sent to the process from outside; `start` starts another program. */
export interface IssueRequest {
  process: string;
  call: string;
  args: string[];
  into?: string;
}

/** Why a call was not issued, and what is accepted. */
export interface Refusal {
  /** Index of the argument, or the variable for the result. */
  at?: number | 'into';
  message: string;
}
