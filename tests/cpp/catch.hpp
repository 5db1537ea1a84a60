// One include for Catch2 2.13 and 3.
#pragma once
#ifdef ASSAY_CATCH_V3
#include <catch2/catch_all.hpp>
using Catch::Approx;
#else
#include <catch2/catch.hpp>
#endif
