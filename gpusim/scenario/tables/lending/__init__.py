"""What lenders and investors agree to: debt, covenants, the programme, new money."""
