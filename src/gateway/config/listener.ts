import { z } from 'zod';
import { address, block, textOrOff } from './values.ts';

const listen = address({ description: 'Address and port; port 0 picks a free one.' });

/** An entry of `listeners`. Blocks for what else a listener can do go in here. */
const listenerBlock = block({
  listen,
  tlsCert: textOrOff('As `tlsCert` at the top, for this address alone; `off`: no TLS here.', {
    form: 'file or `off`',
    preset: undefined,
  }).exactOptional(),
  tlsKey: textOrOff('As `tlsKey` at the top.', { form: 'file or `off`', preset: undefined }).exactOptional(),
});

/** An entry of `listeners`: the block, or just its address. */
export const listenerEntry = z
  .union([listenerBlock, listen.transform((one) => ({ listen: one }))])
  .meta({ description: 'The address alone is short for `listen`.' });
