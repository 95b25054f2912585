import { render } from 'preact';
import '../shared/theme.css';

const place = document.getElementById('page');
if (place !== null) render(<main>unclog</main>, place);
