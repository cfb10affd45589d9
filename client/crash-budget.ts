/** How many crashes are forgiven within a span of time: a server that dies at once must not be restarted forever. */
export class CrashBudget {
  private times: number[] = [];

  constructor(
    private readonly allowed: number,
    private readonly spanMs: number,
  ) {}

  /** Notes a crash; true when the server may be started again. */
  spend(now: number): boolean {
    this.times = this.times.filter((time) => now - time < this.spanMs);
    this.times.push(now);
    return this.times.length <= this.allowed;
  }

  forget(): void {
    this.times = [];
  }
}
