/*
 * small - a program that ends at once, linked statically where that works: it costs next to nothing to start, so what
 * is left is the price of whatever started it.
 */
int main(void)
{
	return 0;
}
