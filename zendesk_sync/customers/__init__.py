"""Who the customer is: which plan, whether they pay, how they run the product."""
