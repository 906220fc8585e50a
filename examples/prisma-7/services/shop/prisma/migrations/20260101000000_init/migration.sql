CREATE TYPE "Status" AS ENUM ('OPEN', 'PAID', 'SHIPPED');

CREATE TABLE "Order" (
    "id" SERIAL NOT NULL,
    "email" TEXT NOT NULL,
    "status" "Status" NOT NULL DEFAULT 'OPEN',
    CONSTRAINT "Order_pkey" PRIMARY KEY ("id")
);
