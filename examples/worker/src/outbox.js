/** Messages that wait to be sent. A real worker would keep them in a table or a queue. */
export class Outbox {
  #waiting = [];

  add(message) {
    this.#waiting.push(message);
  }

  /** Sends what waits; the number of messages sent. */
  async flush() {
    const messages = this.#waiting.splice(0);
    for (const message of messages) console.log(JSON.stringify({ event: 'sent', ...message }));
    return messages.length;
  }
}
