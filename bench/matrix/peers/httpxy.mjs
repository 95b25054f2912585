import { createProxyServer } from 'httpxy';
import { serve } from './serve.mjs';

serve((options) => createProxyServer(options));
