import { type ListenAddress, MAX_SOCKET_PATH } from '../../http/listen.ts';
import { readAddress, UnitError } from '../../units.ts';

/**
 * As {@link readAddress}; also `unix:/run/x.sock` → the path of a unix socket.
 * @throws UnitError
 */
export function readListen(text: string): ListenAddress {
  if (!text.startsWith('unix:')) return readAddress(text);
  const path = text.slice('unix:'.length).replace(/^\/\/(?=\/)/, '');
  if (!path.startsWith('/') || path.endsWith('/') || path.length > MAX_SOCKET_PATH)
    throw new UnitError(
      `"${text}" is no unix socket, expected an absolute path of at most ${MAX_SOCKET_PATH} characters such as unix:/run/unclog.sock`,
    );
  return { host: '', port: 0, path };
}
