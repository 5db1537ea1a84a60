# Filled by the install rules of the C++ package.
