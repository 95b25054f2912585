import { render } from 'preact';
import '../shared/theme.css';
import './check.css';
import { startCheck } from './run-check.ts';
import { readShared, shareLink } from './share-link.ts';
import { Announcer } from './ui/announcer.tsx';
import { App } from './ui/app.tsx';

const place = document.getElementById('page');
if (place !== null) {
  render(
    <Announcer>
      <App engine={{ startCheck, readShared, shareLink }} />
    </Announcer>,
    place,
  );
}
