import { Controller, Get, NotFoundException, Param, ParseIntPipe } from '@nestjs/common';
import { Collection, Money } from '@atlas/kernel';
import { listing } from '@atlas/service-kit';
import { products } from '../seed/products';

@Controller('products')
export class ProductsController {
  private readonly products = new Collection<{ title: string; price: Money }>();

  constructor() {
    for (const { sku, ...product } of products) {
      this.products.add(product, sku);
    }
  }

  @Get()
  list() {
    return listing(this.products);
  }

  @Get(':sku/price/:quantity')
  quote(@Param('sku') sku: string, @Param('quantity', ParseIntPipe) quantity: number) {
    const product = this.products.get(sku);
    if (!product) {
      throw new NotFoundException(`no product ${sku}`);
    }
    return { sku, quantity, total: product.price.times(quantity) };
  }
}
