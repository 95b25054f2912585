import type { ClientGuide } from '../guide.ts';

const READ = 'documented, not reproduced';
const RUN = 'tested here';

/** What is used at a prompt, and Python. */
export const COMMAND_LINE_CLIENTS: readonly ClientGuide[] = [
  {
    id: 'curl',
    name: 'curl',
    question: 'Why does curl show my event stream late?',
    language: 'sh',
    mistakes: [
      {
        symptom: 'In a pipe or a file: nothing for a long time, then a lump',
        wrong: 'curl -s URL | cat',
        right: 'curl -sN URL | cat',
        why: 'curl collects its output where it is no terminal; -N (--no-buffer) writes it at once.',
        looksLike: ['held-until-close', 'held-until-full'],
        standing: RUN,
      },
      {
        symptom: 'With -N still nothing behind grep, sed or jq',
        wrong: 'curl -sN URL | grep data | cat',
        right: 'curl -sN URL | grep --line-buffered data | cat',
        why: 'Every program in a pipe collects for itself: grep --line-buffered, sed -u, jq --unbuffered, awk with fflush().',
        looksLike: ['held-until-close', 'held-until-full'],
        standing: RUN,
      },
      {
        symptom: 'curl shows events and the browser does not',
        wrong: 'curl -N URL',
        right: 'curl -N --compressed -H "Accept: text/event-stream" URL',
        why: 'curl asks for no compression, browsers do: a compressor that holds shows only with --compressed.',
        looksLike: ['compressed-unflushed'],
        standing: RUN,
      },
    ],
    sure: 'The times of the bytes themselves: `curl -N --trace-time --trace-ascii trace.txt -o /dev/null URL`. The probe needs none of this.',
    doesNothing: ['-s, -S, --http1.1: they change nothing about when output is written.'],
    tried: { version: '7.88.1', date: '2026-11-22' },
    sources: ['https://curl.se/docs/manpage.html#-N', 'https://www.gnu.org/software/grep/manual/grep.html'],
  },
  {
    id: 'python-requests',
    name: 'Python requests',
    question: 'Why does requests.iter_content deliver my stream in one piece?',
    language: 'python',
    mistakes: [
      {
        symptom: 'Nothing until the stream ends',
        wrong: 'response = requests.get(URL)\nfor line in response.iter_lines():\n    show(line)',
        right:
          'response = requests.get(URL, stream=True)\nfor line in response.iter_lines(chunk_size=1):\n    show(line)',
        why: 'Without stream=True the whole body is read before get() returns.',
        looksLike: ['held-until-close'],
        standing: RUN,
      },
      {
        symptom: 'With stream=True still in lumps',
        wrong:
          'response = requests.get(URL, stream=True)\nfor piece in response.iter_content(chunk_size=4096):\n    show(piece)',
        right:
          'response = requests.get(URL, stream=True)\nfor line in response.iter_lines(chunk_size=1):\n    show(line)',
        why: 'iter_content waits for chunk_size bytes of an answer that is not chunked (HTTP/1.0, close-delimited), and of one that is compressed; iter_lines does for 512 bytes unless told otherwise.',
        looksLike: ['held-until-full'],
        standing: RUN,
      },
      {
        symptom: 'Output comes late where it is no terminal',
        wrong: 'print(line)',
        right: 'print(line, flush=True)',
        why: 'Python collects its output in a pipe or a log; PYTHONUNBUFFERED=1 does the same for a whole program.',
        standing: RUN,
      },
    ],
    sure: 'The probe says `streaming` for the same address with the same Accept-Encoding: `-H "Accept-Encoding: gzip, deflate"`.',
    doesNothing: ['A smaller timeout: it is the wait for one read.'],
    tried: { version: 'requests 2.34.2', date: '2026-11-22' },
    sources: [
      'https://requests.readthedocs.io/en/latest/user/advanced/#streaming-requests',
      'https://requests.readthedocs.io/en/latest/api/#requests.Response.iter_content',
    ],
  },
  {
    id: 'httpx',
    name: 'Python httpx and aiohttp',
    question: 'Why does httpx wait for the end of my event stream, or time out after five seconds?',
    language: 'python',
    mistakes: [
      {
        symptom: 'Nothing until the stream ends',
        wrong: 'response = client.get(url)\nfor line in response.iter_lines(): show(line)',
        right:
          'with client.stream("GET", url, timeout=httpx.Timeout(10, read=None)) as response:\n    for line in response.iter_lines(): show(line)',
        why: 'get() reads the body first; stream() does not. The read timeout is 5 s by default, too short for a quiet stream.',
        looksLike: ['held-until-close', 'cut-when-idle'],
        standing: READ,
      },
      {
        symptom: 'aiohttp: the stream ends after five minutes',
        right: 'session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None, sock_read=60))',
        why: 'The default of total is 300 s for the whole answer.',
        looksLike: ['cut-by-age'],
        standing: READ,
      },
    ],
    sure: 'The probe says `streaming` and goes on beyond the time at which the client stops.',
    doesNothing: ['http2=True: it changes the protocol, not when lines are handed over.'],
    sources: [
      'https://www.python-httpx.org/quickstart/#streaming-responses',
      'https://www.python-httpx.org/advanced/timeouts/',
      'https://docs.aiohttp.org/en/stable/client_quickstart.html#timeouts',
    ],
  },
];
