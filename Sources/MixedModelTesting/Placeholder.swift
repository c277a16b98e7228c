// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0
