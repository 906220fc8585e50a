import { Module } from '@nestjs/common';
import { HealthModule } from '@atlas/service-kit';
import { ProductsController } from './products.controller';

@Module({ imports: [HealthModule.with()], controllers: [ProductsController] })
export class AppModule {}
