import { serve } from '@atlas/service-kit';
import { AppModule } from './app.module';

void serve(AppModule, 'master-data', 3003);
