// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

@_exported import DataTables
@_exported import MixedModelErrors
@_exported import MixedModelFitting
@_exported import MixedModelInference
@_exported import ModelFormulas
@_exported import ModelOptimization

@_exported import struct DenseMatrices.Matrix
@_exported import struct StatisticalFunctions.RandomStream
