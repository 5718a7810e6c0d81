"""Pure folds from the facts to read models, and the questions asked of them."""
