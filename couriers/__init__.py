"""What couriers say: one adapter a courier, parsed into facts. Imports nothing of reconciler."""
