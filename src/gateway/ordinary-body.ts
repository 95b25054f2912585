import { PassThrough, type Readable } from 'node:stream';
import type { Fault } from './errors.ts';
import type { Exchange } from './exchange.ts';
import type { ForwardRequest } from './request-head.ts';

/** The request body on the ordinary way. */
export class OrdinaryBody {
  readonly #exchange: Exchange;
  readonly #request: ForwardRequest;
  readonly #onStalled: (fault: Fault) => void;
  /** undici destroys a body that it gives up; the client's own stream would take the connection with it. */
  readonly #through: PassThrough | null;

  constructor(exchange: Exchange, request: ForwardRequest, onStalled: (fault: Fault) => void) {
    this.#exchange = exchange;
    this.#request = request;
    this.#onStalled = onStalled;
    if (request.body.kind === 'none') {
      this.#through = null;
      exchange.body.resume();
    } else {
      this.#through = new PassThrough();
      this.#through.on('error', () => {});
    }
  }

  /** What undici sends; null where there is no body. */
  get stream(): Readable | null {
    return this.#through;
  }

  /** Only once there is a connection: until then another target may have to take the body. */
  pour(): void {
    const through = this.#through;
    if (through === null) return;
    const { body, client, settings } = this.#exchange;
    if (this.#request.expectsContinue) client.sendContinue();
    body.pipe(through);
    const idle = setTimeout(() => {
      if (this.#exchange.headSent) return;
      const isClients = body.readableFlowing !== false;
      this.#onStalled(isClients ? 'request-timeout' : 'request-body-stalled');
    }, settings.requestBodyIdleTimeoutMs);
    through.on('data', () => idle.refresh());
    through.pause();
    through.on('close', () => clearTimeout(idle));
  }

  stop(): void {
    if (this.#through === null) return;
    this.#exchange.body.unpipe(this.#through);
    this.#through.destroy();
  }
}
