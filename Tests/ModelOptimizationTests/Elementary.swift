// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The natural logarithm, without Foundation.
func logarithm(_ x: Double) -> Double { log(x) }

/// The exponential function, without Foundation.
func exponential(_ x: Double) -> Double { exp(x) }
