/** Node's own HTTP parser, which `node:http` itself imports this way; no public module has it. */
declare module 'node:_http_common' {
  export class HTTPParser {
    static readonly RESPONSE: number;
    static readonly kOnHeaders: number;
    static readonly kOnHeadersComplete: number;
    static readonly kOnBody: number;
    static readonly kOnMessageComplete: number;
    [callback: number]: (...args: never[]) => unknown;
    initialize(type: number, resource: object): void;
    execute(bytes: Buffer): number | Error;
    free(): void;
  }
}
