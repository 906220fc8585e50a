import { serve } from '@atlas/service-kit';
import { AppModule } from './app.module';

void serve(AppModule, 'auth', 3001);
